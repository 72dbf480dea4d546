"""Models and versions, ours to the wire's, pure."""

from typing import Any

import msgspec

from modelyard.domain.models import Model, ModelVersion, Move
from modelyard.domain.pages import Page
from modelyard.formats.mlmodel import Field, TensorField
from modelyard.protocols.native import wire
from modelyard.protocols.native import wire_models as mine
from modelyard.services.model_documents import ModelDocument


def version(one: ModelVersion) -> wire.ModelVersion:
    return wire.ModelVersion(
        name=one.name,
        version=one.number,
        stage=one.stage,
        aliases=list(one.aliases),
        status=one.status,
        status_message=one.status_message,
        description=one.description,
        user=one.user,
        source=one.source,
        run_id=one.run_id,
        model_id=one.model_id,
        tags=dict(one.tags),
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def version_page(page: Page[ModelVersion]) -> wire.ModelVersions:
    return wire.ModelVersions([version(one) for one in page.items], page.next_token)


def model(one: Model) -> wire.Model:
    return wire.Model(
        name=one.name,
        description=one.description,
        aliases=dict(one.aliases),
        latest=[version(newest) for newest in one.latest],
        tags=dict(one.tags),
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def model_page(page: Page[Model]) -> wire.Models:
    return wire.Models([model(one) for one in page.items], page.next_token)


def move(one: Move) -> wire.Move:
    return wire.Move(one.id, one.at, one.actor, one.alias, one.version, one.before, one.after)


def document(uri: str, one: ModelDocument) -> mine.ModelDocument:
    resolved, model = one.resolved, one.model
    return mine.ModelDocument(
        uri=uri,
        name=resolved.name,
        version=resolved.version,
        run_id=resolved.run_id or model.run_id or "",
        model_id=resolved.model_id,
        path=one.path,
        flavors=list(model.flavors),
        inputs=[_field(each) for each in model.inputs],
        outputs=[_field(each) for each in model.outputs],
        mlflow_version=model.mlflow_version,
        created_at=model.utc_time_created,
        streams=model.streams,
        input_example=_json(one.example),
    )


def _field(one: Field) -> mine.ModelField:
    if isinstance(one, TensorField):
        return mine.ModelField(one.name, one.dtype, required=True, shape=list(one.shape))
    return mine.ModelField(one.name, one.type, one.required, None)


def _json(text: bytes | None) -> Any:
    """An example that is no JSON, or has numbers that JSON has not, is none."""
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
