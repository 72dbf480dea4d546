"""Jobs and deletion for good. Times are milliseconds since the epoch, UTC."""

from typing import Annotated

from msgspec import Meta, Struct

from modelyard.protocols.native.wire import ExperimentId


class DeleteForGood(Struct, frozen=True, forbid_unknown_fields=True):
    """What has been in the trash for `older_than_seconds`: all of it, or these experiments and runs.

    With `dry_run`, nothing is deleted, and the answer says what would be.
    """

    older_than_seconds: Annotated[float, Meta(ge=0, le=1e10)] = 0.0
    experiment_ids: Annotated[list[ExperimentId], Meta(max_length=1000)] = []
    run_ids: Annotated[list[str], Meta(max_length=1000)] = []
    dry_run: bool = False


class KeptThing(Struct, frozen=True):
    """Something in the trash that may not be deleted, and why."""

    kind: str
    id: str
    reason: str


class Tally(Struct, frozen=True):
    """`files` are paths; `blobs` and `bytes` are contents that no path stands for any more.

    Of the `kept_count` things that are kept, the first 200 are named.
    """

    experiments: int
    runs: int
    logged_models: int
    files: int
    blobs: int
    bytes: int
    kept: list[KeptThing]
    kept_count: int


class Job(Struct, frozen=True):
    """`state` is waiting, running, succeeded or failed; `error` is why it failed or does not go on.

    `done` goes from 0 to 1. `phase` says what is being done, and `tally` what has been.
    """

    id: str
    kind: str
    state: str
    phase: str
    done: float
    error: str
    user: str
    created_at: int
    updated_at: int
    ended_at: int | None
    tally: Tally


class Jobs(Struct, frozen=True):
    """The newest first."""

    items: list[Job]


class ListJobs(Struct, frozen=True, forbid_unknown_fields=True):
    kind: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Deletion(Struct, frozen=True):
    """`tally` is what a dry run would delete, `job` what has been started otherwise."""

    tally: Tally | None = None
    job: Job | None = None
