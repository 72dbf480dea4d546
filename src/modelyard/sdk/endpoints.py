"""Endpoints as the server tells of them. Times are milliseconds since the epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class Failure(Struct, frozen=True):
    """Why a revision could not be brought up, or ended."""

    reason: str
    message: str
    exit_code: int | None
    log_tail: str
    at: int


class Lately(Struct, frozen=True):
    """What a revision's requests were like within the last minute; a shadow's answers beside those returned."""

    asked: int
    failed: int
    refused: int
    shed: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    in_flight: int
    waiting: int
    equal: int
    different: int
    missing: int


class RevisionStatus(Struct, frozen=True):
    """`state` is Pending, Standby, Loading, Loaded or FailedToLoad; `traffic` is in percent."""

    state: str
    ready: int
    wanted: int
    traffic: int
    shadow: bool
    runtime: str
    message: str
    probe: str
    restarts: int
    failure: Failure | None
    updated_at: int


class Revision(Struct, frozen=True):
    """An immutable answer to: which model, from where, served how."""

    number: int
    model_uri: str
    model_version: str
    environment: str
    created_at: int
    model: str
    options: Mapping[str, Any]
    status: RevisionStatus
    lately: Lately | None = None


class Condition(Struct, frozen=True):
    """`status` is True, False or Unknown; `since` is when that changed last."""

    type: str
    status: str
    reason: str
    message: str
    since: int


class Status(Struct, frozen=True):
    """`phase` is Pending, Preparing, Loading, Ready, Failed, Stopped or Removing, as of `generation`.

    `serving_revision` has the largest share of what answers now, 0 while none does. `transition` is UpToDate,
    InProgress, BlockedByFailedLoad or InvalidSpec. `ignored` are fields of a KServe document that have no effect here.
    """

    phase: str
    serving_revision: int
    reason: str
    message: str
    exit_code: int | None
    log_tail: str
    probe: str
    restarts: int
    updated_at: int
    transition: str
    conditions: list[Condition]
    generation: int
    ignored: Sequence[str] = ()


class Target(Struct, frozen=True):
    """A revision and its percent of the requests; a `shadow` answers nobody."""

    revision: int
    weight: int
    shadow: bool = False


class RolledBack(Struct, frozen=True):
    """A revision that was taken out of service by itself, and why."""

    revision: int
    reason: str
    message: str
    at: int


class Rollout(Struct, frozen=True):
    """How a model's requests are wanted to be shared out; `canary` and `previous` are 0 where there is none."""

    targets: list[Target]
    stable: int
    canary: int
    previous: int
    follows: str
    stopped: bool
    rolled_back: RolledBack | None
    shifted_at: int
    guard: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None


class Endpoint(Struct, frozen=True):
    """A name under which models answer; `revision` is the newest one.

    An endpoint with a single model has its `rollout`; of one with several, `models` has them by name.
    """

    name: str
    revision: Revision
    status: Status
    invocations_path: str
    created_at: int
    updated_at: int
    url: str
    wanted: str
    generation: int
    rollout: Rollout | None
    models: Mapping[str, Rollout]
    revisions: list[Revision]
    attributes: Mapping[str, str] = {}

    @property
    def current(self) -> bool:
        """Whether the status is about what is wanted now."""
        return self.status.generation >= self.generation

    @property
    def ready(self) -> bool:
        """Whether everything is as it is wanted."""
        return self.current and self.status.transition == "UpToDate"

    @property
    def failed(self) -> bool:
        """Whether something that is wanted was tried and will not answer."""
        return self.current and self.status.phase == "Failed"

    @property
    def told(self) -> Revision:
        """What answers most requests; while something else is on its way, that."""
        settled = self.ready or self.failed
        return (self.revision_of(self.status.serving_revision) if settled else None) or self.revision

    def revision_of(self, number: int) -> Revision | None:
        """One of those in use."""
        return next((one for one in self.revisions if one.number == number), None)
