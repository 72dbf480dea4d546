from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_ID = "0"


class Lifecycle(StrEnum):
    ACTIVE = "active"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named set of runs. Times are milliseconds since the epoch."""

    id: str
    name: str
    artifact_location: str
    lifecycle: Lifecycle
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A dataset that runs of an experiment read, and what for: training, validation."""

    experiment_id: str
    name: str
    digest: str
    context: str | None


NOTE_TAG = "mlflow.note.content"
"""What a description is kept in, as MLflow does."""
ARCHIVED_TAG = "modelyard.archived"
"""`true` on an experiment in which no run of a pipeline is to be started."""


@dataclass(frozen=True, slots=True)
class ExperimentOfPipelines:
    """An experiment as those see it who run pipelines in it."""

    experiment: Experiment
    last_run_at: int | None = None

    @property
    def description(self) -> str:
        return self.experiment.tags.get(NOTE_TAG, "")

    @property
    def archived(self) -> bool:
        return self.experiment.tags.get(ARCHIVED_TAG) == "true"
