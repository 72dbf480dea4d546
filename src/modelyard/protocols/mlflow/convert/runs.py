import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pages import Page
from modelyard.domain.runs import (
    Dataset,
    DatasetInput,
    ModelLink,
    NewRun,
    Run,
    RunChange,
    RunDetail,
    RunDocument,
    RunStatus,
)
from modelyard.protocols.mlflow.convert.common import pairs
from modelyard.protocols.mlflow.convert.metrics import shown
from modelyard.protocols.mlflow.wire import runs as wire
from modelyard.protocols.mlflow.wire.common import Tag
from modelyard.protocols.mlflow.wire.metrics import Point, RunData
from modelyard.services.run_listing import RunListing

_OF_MODEL = ("run_id", "artifact_path", "utc_time_created", "model_uuid")
_MODEL_NEEDS = frozenset({"artifact_path", "flavors", "utc_time_created", "run_id"})
_encode = msgspec.json.Encoder().encode
_document = msgspec.json.Decoder(RunData)
_NOTHING_READ = wire.RunInputs()
_NOTHING_WRITTEN = wire.RunOutputs()


def new(sent: wire.CreateRun) -> NewRun:
    return NewRun(sent.experiment_id, sent.run_name, sent.user_id, sent.start_time, pairs(sent.tags))


def change(sent: wire.UpdateRun) -> RunChange:
    status = None if sent.status is None else RunStatus(sent.status)
    return RunChange(status, sent.end_time, sent.run_name or None)


def info(ours: Run) -> wire.RunInfo:
    return wire.RunInfo(
        run_uuid=ours.id,
        run_id=ours.id,
        run_name=ours.name,
        experiment_id=ours.experiment_id,
        user_id=ours.user,
        status=ours.status,
        start_time=ours.started_at,
        end_time=ours.ended_at or None,
        artifact_uri=ours.artifact_uri,
        lifecycle_stage=ours.lifecycle,
    )


def created(ours: RunDetail) -> wire.Run:
    """A run has no outputs at its start, and MLflow does not even say so."""
    return wire.Run(info=info(ours.run), data=data(ours.document), inputs=wire.RunInputs())


def run(ours: RunDetail) -> wire.Run:
    return wire.Run(
        info=info(ours.run),
        data=data(ours.document),
        inputs=wire.RunInputs(
            dataset_inputs=tuple(_shown_input(one) for one in ours.inputs),
            model_inputs=tuple(wire.ModelInput(link.model_id) for link in ours.model_inputs),
        ),
        outputs=wire.RunOutputs(
            model_outputs=tuple(wire.ModelOutput(link.model_id, link.step) for link in ours.model_outputs)
        ),
    )


def found(page: Page[RunDetail]) -> wire.FoundRuns:
    shown = _listed(page.items) if isinstance(page.items, RunListing) else [run(one) for one in page.items]
    return wire.FoundRuns(runs=shown or (), next_page_token=page.next_token or "")


def _listed(listing: RunListing) -> list[wire.Run]:
    """As `run` makes them, straight from rows and documents: a page has up to 50,000 runs."""
    return [
        run(listing[at])
        if row.linked
        else wire.Run(
            wire.RunInfo(
                row.id,
                row.id,
                row.name,
                str(row.experiment_pk),
                row.user,
                row.status,
                row.started_at,
                row.artifact_uri,
                row.lifecycle,
                row.ended_at or None,
            ),
            data(listing.documents[row.pk]),
            _NOTHING_READ,
            _NOTHING_WRITTEN,
        )
        for at, row in enumerate(listing.rows)
    ]


def data(ours: RunDocument) -> msgspec.Raw:
    """The stored document itself, unless it holds a value that MLflow writes otherwise."""
    if ours.plain:
        return msgspec.Raw(ours.body)
    stored = _document.decode(ours.body)
    metrics = tuple(Point(one.key, shown(float(one.value)), one.timestamp, one.step) for one in stored.metrics)
    return msgspec.Raw(_encode(RunData(metrics, stored.params, stored.tags)))


def dataset_inputs(sent: Sequence[wire.SentDatasetInput]) -> list[DatasetInput]:
    return [
        DatasetInput(
            Dataset(
                one.dataset.name,
                one.dataset.digest,
                one.dataset.source_type,
                one.dataset.source,
                one.dataset.schema,
                one.dataset.profile,
            ),
            dict(pairs(one.tags)),
        )
        for one in sent
    ]


def _shown_input(ours: DatasetInput) -> wire.DatasetInput:
    about = ours.dataset
    return wire.DatasetInput(
        dataset=wire.Dataset(
            name=about.name,
            digest=about.digest,
            source_type=about.source_type,
            source=about.source,
            schema=about.schema,
            profile=about.profile,
        ),
        tags=tuple(Tag(key, value) for key, value in ours.tags.items()),
    )


def model_inputs(sent: Sequence[wire.ModelInput]) -> list[ModelLink]:
    return [ModelLink(one.model_id) for one in sent]


def model_outputs(sent: Sequence[wire.ModelOutput]) -> list[ModelLink]:
    return [ModelLink(one.model_id, one.step) for one in sent]


def noted_model(model_json: str) -> Mapping[str, Any]:
    """What a run's history keeps of a model. Raises InvalidInput for what describes no model."""
    try:
        model = json.loads(model_json)
    except (ValueError, RecursionError):
        raise InvalidInput(f"Malformed model info. \n {model_json[:500]} \n is not a valid JSON.") from None
    missing = _MODEL_NEEDS - set(model) if isinstance(model, dict) else _MODEL_NEEDS
    if missing:
        raise InvalidInput(f"Model json is missing mandatory fields: {sorted(missing)}")
    return {**{key: model.get(key) for key in _OF_MODEL}, "flavors": _flavors(model["flavors"])}


def _flavors(sent: Any) -> Any:
    """Without their configuration, which may be large."""
    if not isinstance(sent, dict):
        return sent
    return {
        name: {key: value for key, value in about.items() if key != "config"} if isinstance(about, dict) else about
        for name, about in sent.items()
    }
