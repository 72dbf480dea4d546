from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from modelyard.domain.experiments import Lifecycle


class LoggedModelStatus(StrEnum):
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class LoggedModelMetric:
    """A point of a metric of a model: the run that measured it and the dataset, if any, it is about."""

    key: str
    value: float
    timestamp: int
    step: int
    run_id: str
    dataset_name: str = ""
    dataset_digest: str = ""


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model logged in a run, not yet registered. Names are not unique; times are milliseconds since the epoch."""

    id: str
    experiment_id: str
    name: str
    artifact_uri: str
    created_at: int
    updated_at: int
    status: LoggedModelStatus = LoggedModelStatus.PENDING
    status_message: str = ""
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    model_type: str = ""
    source_run_id: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[LoggedModelMetric] = ()


@dataclass(frozen=True, slots=True)
class NewLoggedModel:
    """An empty name is filled in."""

    experiment_id: str
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: Sequence[tuple[str, str]] = ()
    tags: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class DatasetChoice:
    """Only points about this dataset count; an empty digest means any."""

    name: str
    digest: str = ""
