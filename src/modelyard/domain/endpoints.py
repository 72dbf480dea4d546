import re
from dataclasses import dataclass
from enum import StrEnum

from modelyard.domain.errors import InvalidInput

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class Phase(StrEnum):
    """Where an endpoint stands on its way to answering."""

    PENDING = "Pending"
    PREPARING = "Preparing"  # fetching the model, building its environment
    LOADING = "Loading"
    READY = "Ready"
    FAILED = "Failed"
    REMOVING = "Removing"


@dataclass(frozen=True, slots=True)
class Revision:
    """An immutable answer to: which model, from where, in which environment."""

    number: int
    model_uri: str
    location: str
    model_version: str
    environment: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Status:
    """What the controller sees. `serving_revision` is 0 while none answers; it may lag behind the wanted one.

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
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name under which one model answers; `revision` is the one that is wanted."""

    name: str
    revision: Revision
    removed: bool
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class EndpointDetail:
    endpoint: Endpoint
    status: Status


def checked_name(name: str) -> str:
    """Raises InvalidInput unless `name` can stand in a URL and a host name."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"Invalid endpoint name '{name[:100]}'; use up to 63 of a-z, 0-9 and dashes, such as nyc-taxi"
        )
    return name
