from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Filter, Order, View


class RunStatus(StrEnum):
    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @property
    def ended(self) -> bool:
        return self in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)


@dataclass(frozen=True, slots=True)
class Run:
    """One tracked piece of work. Times are milliseconds since the epoch."""

    id: str
    experiment_id: str
    name: str
    user: str
    status: RunStatus
    lifecycle: Lifecycle
    started_at: int
    ended_at: int | None
    artifact_uri: str


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a caller may say of a run at its start; an empty name or user is filled in."""

    experiment_id: str
    name: str = ""
    user: str = ""
    started_at: int | None = None
    tags: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class RunChange:
    """What to change of a run; None leaves a thing as it is."""

    status: RunStatus | None = None
    ended_at: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A point of a series. `step` may be negative, `timestamp` is milliseconds, `value` may be NaN or infinite.

    With a `model_id` it says something about that logged model as well, measured on the dataset if one is named.
    """

    key: str
    value: float
    timestamp: int
    step: int
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """What one batch adds to a run."""

    metrics: Sequence[Metric] = ()
    params: Sequence[tuple[str, str]] = ()
    tags: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetInput:
    dataset: Dataset
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelLink:
    """A logged model that a run read or wrote."""

    model_id: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class RunDocument:
    """A run's params, tags and latest metrics as one JSON document, ready to be sent.

    `{"metrics": [{"key", "value", "timestamp", "step"}], "params": [{"key", "value"}], "tags": [{"key", "value"}]}`,
    each sorted by key and left out when empty. A value that JSON has no number for is one of the strings NaN,
    Infinity, -Infinity; `plain` says that there is no such value.
    """

    body: bytes
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Fields:
    """Which metrics, params and tags of runs are wanted, by key; None is all of them."""

    metrics: frozenset[str] | None = None
    params: frozenset[str] | None = None
    tags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class RunsWanted:
    """Runs of these experiments that match, and what to read of them: everything without `fields`.

    `offset` of them are passed over first.
    """

    experiment_ids: Sequence[str]
    filter: Filter
    order: Sequence[Order]
    view: View
    page: PageRequest
    fields: Fields | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with everything logged to it."""

    run: Run
    document: RunDocument
    inputs: Sequence[DatasetInput] = ()
    model_inputs: Sequence[ModelLink] = ()
    model_outputs: Sequence[ModelLink] = ()
