"""What is seen of endpoints, in KServe's words where it has some."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from modelyard.domain.endpoints import Endpoint


class Phase(StrEnum):
    """Where an endpoint stands on its way to answering as it is wanted to."""

    PENDING = "Pending"
    PREPARING = "Preparing"  # fetching the model, building its environment
    LOADING = "Loading"
    READY = "Ready"
    FAILED = "Failed"
    STOPPED = "Stopped"
    REMOVING = "Removing"


class Transition(StrEnum):
    """How what answers compares with what is wanted."""

    UP_TO_DATE = "UpToDate"
    IN_PROGRESS = "InProgress"
    BLOCKED = "BlockedByFailedLoad"
    INVALID = "InvalidSpec"


class RevisionState(StrEnum):
    """STANDBY is ready to be loaded when it is asked."""

    PENDING = "Pending"
    STANDBY = "Standby"
    LOADING = "Loading"
    LOADED = "Loaded"
    FAILED = "FailedToLoad"


class Truth(StrEnum):
    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a model could not be brought up, or ended: `reason` is one word for programs, `message` for people."""

    reason: str
    message: str
    exit_code: int | None = None
    log_tail: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that holds or does not; `since` is when that changed last."""

    type: str
    status: Truth
    reason: str = ""
    message: str = ""
    since: int = 0


@dataclass(frozen=True, slots=True)
class RevisionStatus:
    """How one revision is. `ready` of `wanted` replicas answer, and get `traffic` percent of the requests.

    `proven` says that it has answered at some time. `signature` is what the data plane knows of the model's inputs and
    outputs, kept for when no replica can be asked.
    """

    number: int
    state: RevisionState = RevisionState.PENDING
    ready: int = 0
    wanted: int = 0
    traffic: int = 0
    shadow: bool = False
    runtime: str = ""
    message: str = ""
    probe: str = ""
    restarts: int = 0
    failure: Failure | None = None
    proven: bool = False
    signature: str = ""
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What the controller sees of an endpoint as of `generation`.

    `serving_revision` has the largest share of what answers now, 0 while none does; it may lag behind the wanted one.
    `reason` is one word for programs, `message` a sentence for people; `probe` says what a prediction was tried with.
    """

    phase: Phase = Phase.PENDING
    serving_revision: int = 0
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    log_tail: str = ""
    probe: str = ""
    restarts: int = 0
    transition: Transition = Transition.IN_PROGRESS
    conditions: tuple[Condition, ...] = ()
    generation: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class Lately:
    """What a revision's requests were like within the last minute, and what it has to do now.

    `refused` ones were asked wrongly, says the model; `shed` ones were too many (since it is served). A shadow's
    answers were `equal` to those that were returned, `different`, or did not come (since it is served).
    """

    asked: int = 0
    failed: int = 0
    refused: int = 0
    shed: int = 0
    p50_ms: float = 0.0
    p90_ms: float = 0.0
    p99_ms: float = 0.0
    in_flight: int = 0
    waiting: int = 0
    equal: int = 0
    different: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a revision's requests were like in some seconds from `at` on, in milliseconds since the epoch."""

    at: int
    asked: int
    failed: int
    refused: int
    p50_ms: float
    p90_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class KeptPayload:
    """A request and its answer as they were kept, long ones cut; None where they were not to be kept."""

    at: int
    prediction_id: str
    revision: int
    model_version: str
    status: str
    message: str
    milliseconds: float
    request: str | None
    response: str | None


@dataclass(frozen=True, slots=True)
class EndpointDetail:
    """`revisions` are the statuses of the endpoint's, in the same order."""

    endpoint: Endpoint
    status: Status
    revisions: Sequence[RevisionStatus]

    def of(self, number: int) -> RevisionStatus:
        """How a revision is; one that nobody has looked at yet is pending."""
        return next((one for one in self.revisions if one.number == number), RevisionStatus(number))
