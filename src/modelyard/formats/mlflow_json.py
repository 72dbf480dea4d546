"""MLflow's REST messages, as its server answers them, into our values."""

from collections.abc import Iterable, Mapping
from typing import Any

from modelyard.domain.errors import InvalidInput
from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.domain.imports import ForeignRun, Unreadable
from modelyard.domain.logged_models import LoggedModel, LoggedModelMetric, LoggedModelStatus
from modelyard.domain.models import Model, ModelVersion, VersionStatus, stage
from modelyard.domain.runs import Dataset, DatasetInput, ModelLink, Run, RunStatus
from modelyard.formats.mlruns import named_model

Json = Mapping[str, Any]
_MODEL_STATUSES = {
    "LOGGED_MODEL_PENDING": "PENDING",
    "LOGGED_MODEL_READY": "READY",
    "LOGGED_MODEL_UPLOAD_FAILED": "FAILED",
}
_VERSION_STATUSES = {"PENDING_REGISTRATION": "PENDING", "FAILED_REGISTRATION": "FAILED", "READY": "READY"}


def experiment(sent: Json) -> Experiment:
    """Raises Unreadable for a field that is missing or odd."""
    created = int(sent.get("creation_time", 0))
    return Experiment(
        id=str(_needed(sent, "experiment_id")),
        name=str(_needed(sent, "name")),
        artifact_location=sent.get("artifact_location", ""),
        lifecycle=Lifecycle(sent.get("lifecycle_stage", Lifecycle.ACTIVE)),
        created_at=created,
        updated_at=int(sent.get("last_update_time", created)),
        tags=_pairs(sent.get("tags", ())),
    )


def run(sent: Json) -> ForeignRun:
    """Raises Unreadable."""
    info, data = _needed(sent, "info"), sent.get("data", {})
    inputs = sent.get("inputs", {})
    tags = _pairs(data.get("tags", ()))
    ended = info.get("end_time")
    if info.get("status") not in RunStatus.__members__:
        raise Unreadable(f"run {info.get('run_id')}: status {info.get('status')!r} is no status of a run")
    return ForeignRun(
        Run(
            id=str(_needed(info, "run_id")),
            experiment_id=str(_needed(info, "experiment_id")),
            name=info.get("run_name") or tags.get("mlflow.runName", ""),
            user=info.get("user_id", ""),
            status=RunStatus(info["status"]),
            lifecycle=Lifecycle(info.get("lifecycle_stage", Lifecycle.ACTIVE)),
            started_at=int(info.get("start_time", 0)),
            ended_at=None if ended is None else int(ended),
            artifact_uri=info.get("artifact_uri", ""),
        ),
        _pairs(data.get("params", ())),
        tags,
        [_dataset(one) for one in inputs.get("dataset_inputs", ())],
        [ModelLink(one["model_id"]) for one in inputs.get("model_inputs", ())],
        [
            ModelLink(one["model_id"], int(one.get("step", 0)))
            for one in sent.get("outputs", {}).get("model_outputs", ())
        ],
    )


def logged_model(sent: Json) -> LoggedModel:
    """Raises Unreadable."""
    info, data = _needed(sent, "info"), sent.get("data", {})
    return LoggedModel(
        id=str(_needed(info, "model_id")),
        experiment_id=str(_needed(info, "experiment_id")),
        name=str(_needed(info, "name")),
        artifact_uri=info.get("artifact_uri", ""),
        created_at=int(info.get("creation_timestamp_ms", 0)),
        updated_at=int(info.get("last_updated_timestamp_ms", 0)),
        status=LoggedModelStatus(_MODEL_STATUSES.get(info.get("status", ""), "PENDING")),
        status_message=info.get("status_message", ""),
        model_type=info.get("model_type", ""),
        source_run_id=info.get("source_run_id", ""),
        params=_pairs(data.get("params", ())),
        tags=_pairs(info.get("tags", ())),
        metrics=[_model_metric(one) for one in data.get("metrics", ())],
    )


def model(sent: Json) -> Model:
    """Raises Unreadable."""
    created = int(sent.get("creation_timestamp", 0))
    return Model(
        name=str(_needed(sent, "name")),
        description=sent.get("description", ""),
        created_at=created,
        updated_at=int(sent.get("last_updated_timestamp", created)),
        tags=_pairs(sent.get("tags", ())),
        aliases={one["alias"]: int(one["version"]) for one in sent.get("aliases", ())},
    )


def version(sent: Json, location: str) -> ModelVersion:
    """Raises Unreadable."""
    created, source = int(sent.get("creation_timestamp", 0)), sent.get("source", "")
    try:
        staged = stage(sent.get("current_stage", "None"))
        status = VersionStatus(_VERSION_STATUSES[sent.get("status", "READY")])
    except (InvalidInput, KeyError):
        raise Unreadable(f"version {sent.get('version')} of {sent.get('name')!r}: unknown stage or status") from None
    return ModelVersion(
        name=str(_needed(sent, "name")),
        number=int(_needed(sent, "version")),
        source=source,
        location=location or source,
        created_at=created,
        updated_at=int(sent.get("last_updated_timestamp", created)),
        description=sent.get("description", ""),
        user=sent.get("user_id", ""),
        stage=staged,
        run_id=sent.get("run_id", ""),
        run_link=sent.get("run_link", ""),
        model_id=sent.get("model_id", "") or named_model(source),
        status=status,
        status_message=sent.get("status_message", ""),
        tags=_pairs(sent.get("tags", ())),
    )


def _dataset(sent: Json) -> DatasetInput:
    about = _needed(sent, "dataset")
    dataset = Dataset(
        about["name"], about["digest"], about["source_type"], about["source"], about.get("schema"), about.get("profile")
    )
    return DatasetInput(dataset, _pairs(sent.get("tags", ())))


def _model_metric(sent: Json) -> LoggedModelMetric:
    return LoggedModelMetric(
        key=sent["key"],
        value=float(sent.get("value", 0.0)),
        timestamp=int(sent.get("timestamp", 0)),
        step=int(sent.get("step", 0)),
        run_id=sent.get("run_id", ""),
        dataset_name=sent.get("dataset_name", ""),
        dataset_digest=sent.get("dataset_digest", ""),
    )


def _pairs(sent: Iterable[Json]) -> dict[str, str]:
    return {one["key"]: one.get("value", "") for one in sent}


def _needed(sent: Json, key: str) -> Any:
    if key not in sent:
        raise Unreadable(f"the server's answer has no field '{key}'")
    return sent[key]
