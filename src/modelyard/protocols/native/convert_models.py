"""Models and versions, ours to the wire's, pure."""

from modelyard.domain.models import Model, ModelVersion, Move
from modelyard.domain.pages import Page
from modelyard.protocols.native import wire


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
