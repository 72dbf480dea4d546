"""The files of an MLflow file store (`./mlruns`), of MLflow 0.x to 3.x: YAML documents and metric lines."""

import posixpath
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.domain.imports import ForeignRun, Unreadable
from modelyard.domain.logged_models import LoggedModel, LoggedModelMetric, LoggedModelStatus
from modelyard.domain.models import Model, ModelVersion, VersionStatus, stage
from modelyard.domain.runs import Dataset, Run, RunStatus
from modelyard.domain.series import Points

MOST_POINTS = 100_000
"""Points in one piece."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RUN_STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_MODEL_STATUSES = {0: "PENDING", 1: "PENDING", 2: "READY", 3: "FAILED"}
_VERSION_STATUSES = {"PENDING_REGISTRATION": "PENDING", "FAILED_REGISTRATION": "FAILED", "READY": "READY"}
Document = Mapping[str, Any]


def document(text: bytes) -> Document:
    """A `meta.yaml`. Raises Unreadable naming the line."""
    try:
        loaded = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, the quicker one where there is one
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        place = f" (line {mark.line + 1})" if mark is not None else ""
        raise Unreadable(f"it is not valid YAML{place}") from None
    if not isinstance(loaded, dict):
        raise Unreadable("it is empty" if loaded is None else "it is not a YAML mapping")
    return loaded


def experiment(meta: Document, folder: str, tags: Mapping[str, str]) -> Experiment:
    """Raises Unreadable for a missing or odd field, or when it is about another experiment than its folder says."""
    found = str(_needed(meta, "experiment_id"))
    if found != folder:
        raise Unreadable(f"its experiment_id is {found!r}, but its folder is {folder!r}")
    created = _time(meta, "creation_time", 0)
    return Experiment(
        id=found,
        name=str(_needed(meta, "name")),
        artifact_location=_text(meta, "artifact_location"),
        lifecycle=_lifecycle(meta),
        created_at=created,
        updated_at=_time(meta, "last_update_time", created),
        tags=tags,
    )


def run(
    meta: Document, experiment_id: str, folder: str, params: Mapping[str, str], tags: Mapping[str, str]
) -> ForeignRun:
    """Raises Unreadable as `experiment` does."""
    found = str(meta.get("run_id") or _needed(meta, "run_uuid"))
    if found != folder:
        raise Unreadable(f"its run_id is {found!r}, but its folder is {folder!r}")
    status = meta.get("status", 1)
    known = _RUN_STATUSES.get(status, str(status))
    if known not in RunStatus.__members__:
        raise Unreadable(f"the field 'status' is {status!r}, which is no status of a run")
    ended = meta.get("end_time")
    about = Run(
        id=found,
        experiment_id=experiment_id,
        name=tags.get("mlflow.runName") or _text(meta, "run_name") or _text(meta, "name"),
        user=_text(meta, "user_id"),
        status=RunStatus(known),
        lifecycle=_lifecycle(meta),
        started_at=_time(meta, "start_time", 0),
        ended_at=None if ended is None else _time(meta, "end_time", 0),
        artifact_uri=_text(meta, "artifact_uri"),
    )
    deleted = meta.get("deleted_time")
    return ForeignRun(about, params, tags, deleted_at=None if deleted is None else _time(meta, "deleted_time", 0))


def dataset(meta: Document) -> Dataset:
    """Raises Unreadable."""
    name, digest, kind, source = (str(_needed(meta, part)) for part in ("name", "digest", "source_type", "source"))
    return Dataset(name, digest, kind, source, meta.get("schema"), meta.get("profile"))


@dataclass(frozen=True, slots=True)
class Link:
    """What a run read, a dataset or a logged model, or the logged model that it wrote."""

    source_id: str
    is_dataset: bool
    step: int
    tags: Mapping[str, str]


def link(meta: Document) -> Link:
    """An input or output of a run. Raises Unreadable."""
    kind, step, tags = meta.get("source_type"), meta.get("step") or 0, meta.get("tags") or {}
    if not isinstance(step, int) or not isinstance(tags, dict):
        raise Unreadable("the field 'step' or 'tags' is not what a link between a run and a model or dataset has")
    texts = {str(key): str(value) for key, value in tags.items()}
    return Link(str(_needed(meta, "source_id")), kind == "DATASET", step, texts)


def logged_model(
    meta: Document,
    experiment_id: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    metrics: Iterable[LoggedModelMetric],
) -> LoggedModel:
    """Raises Unreadable."""
    status = meta.get("status", 0)
    if status not in _MODEL_STATUSES:
        raise Unreadable(f"the field 'status' is {status!r}, which is no status of a logged model")
    return LoggedModel(
        id=str(_needed(meta, "model_id")),
        experiment_id=experiment_id,
        name=str(_needed(meta, "name")),
        artifact_uri=_text(meta, "artifact_location"),
        created_at=_time(meta, "creation_timestamp", 0),
        updated_at=_time(meta, "last_updated_timestamp", 0),
        status=LoggedModelStatus(_MODEL_STATUSES[status]),
        status_message=_text(meta, "status_message"),
        lifecycle=_lifecycle(meta),
        model_type=_text(meta, "model_type"),
        source_run_id=_text(meta, "source_run_id"),
        params=params,
        tags=tags,
        metrics=tuple(metrics),
    )


def model(meta: Document, tags: Mapping[str, str], aliases: Mapping[str, str]) -> Model:
    """Raises Unreadable."""
    created = _time(meta, "creation_timestamp", 0)
    numbers = {}
    for alias, number in aliases.items():
        if not number.strip().isdecimal():
            raise Unreadable(f"the alias {alias!r} points to {number[:50]!r}, which is no version")
        numbers[alias] = int(number)
    return Model(
        name=str(_needed(meta, "name")),
        description=_text(meta, "description"),
        created_at=created,
        updated_at=_time(meta, "last_updated_timestamp", created),
        tags=tags,
        aliases=numbers,
    )


def version(meta: Document, tags: Mapping[str, str]) -> ModelVersion:
    """Raises Unreadable."""
    created = _time(meta, "creation_timestamp", 0)
    status = _VERSION_STATUSES.get(_text(meta, "status") or "READY")
    number = _needed(meta, "version")
    if status is None or not str(number).isdecimal():
        raise Unreadable("the field 'status' or 'version' has a value that no version of a model has")
    source = _text(meta, "source")
    return ModelVersion(
        name=str(_needed(meta, "name")),
        number=int(number),
        source=source,
        location=_text(meta, "storage_location") or source,
        created_at=created,
        updated_at=_time(meta, "last_updated_timestamp", created),
        description=_text(meta, "description"),
        user=_text(meta, "user_id"),
        stage=stage(_text(meta, "current_stage") or "None"),
        run_id=_text(meta, "run_id"),
        run_link=_text(meta, "run_link"),
        model_id=_text(meta, "model_id") or named_model(source),
        status=VersionStatus(status),
        status_message=_text(meta, "status_message"),
        tags=tags,
    )


def named_model(source: str) -> str:
    """The logged model that `models:/m-…` names; empty for any other source."""
    name = source.removeprefix("models:/")
    return name if name != source and name.startswith("m-") and "/" not in name and "@" not in name else ""


def points(lines: Iterable[str]) -> Iterator[Points]:
    """A run's metric file: `timestamp value [step [dataset digest]]` a line. Raises Unreadable naming the line."""
    steps, timestamps, values = array("q"), array("q"), array("d")
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts:
            continue
        try:
            timestamps.append(int(parts[0]))
            values.append(float(parts[1]))
            steps.append(int(parts[2]) if len(parts) > 2 else 0)
        except (ValueError, IndexError, OverflowError):
            raise _bad_line(number, line, "timestamp value step") from None
        if len(values) == MOST_POINTS:
            yield Points(steps, timestamps, values)
            steps, timestamps, values = array("q"), array("q"), array("d")
    if values:
        yield Points(steps, timestamps, values)


def model_metrics(key: str, lines: Iterable[str]) -> Iterator[LoggedModelMetric]:
    """A logged model's metric file: `timestamp value step run [dataset digest]` a line. Raises Unreadable."""
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) not in (4, 6):
            raise _bad_line(number, line, "timestamp value step run")
        try:
            yield LoggedModelMetric(key, float(parts[1]), int(parts[0]), int(parts[2]), parts[3], *parts[4:])
        except ValueError:
            raise _bad_line(number, line, "timestamp value step run") from None


def key_of(path: str) -> str:
    """The key of a param, tag or metric by its file's path below its folder. Raises Unreadable."""
    if posixpath.normpath(path) != path or "\0" in path:
        raise Unreadable(f"{path!r} is no key")
    return path


def _bad_line(number: int, line: str, wanted: str) -> Unreadable:
    return Unreadable(f"line {number} is {line.strip()[:60]!r}, not '{wanted}'")


def _needed(meta: Document, key: str) -> Any:
    value = meta.get(key)
    if value is None or value == "":
        raise Unreadable(f"the field '{key}' is missing")
    return value


def _text(meta: Document, key: str) -> str:
    value = meta.get(key)
    return "" if value is None else str(value)


def _time(meta: Document, key: str, missing: int) -> int:
    value = meta.get(key)
    if value is None:
        return missing
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"the field '{key}' is {str(value)[:50]!r}, not a time in milliseconds")
    return int(value)


def _lifecycle(meta: Document) -> Lifecycle:
    value = meta.get("lifecycle_stage") or Lifecycle.ACTIVE
    if value not in tuple(Lifecycle):
        raise Unreadable(f"the field 'lifecycle_stage' is {str(value)[:50]!r}, not active or deleted")
    return Lifecycle(value)
