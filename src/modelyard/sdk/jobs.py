"""Work that the server does in the background. Times are milliseconds since the epoch."""

from collections.abc import Sequence

from msgspec import Struct


class KeptThing(Struct, frozen=True):
    """Something in the trash that may not be deleted, and why."""

    kind: str
    id: str
    reason: str


class Tally(Struct, frozen=True):
    """What was deleted for good, or would be; `blobs` and `bytes` are contents that nothing refers to any more."""

    experiments: int
    runs: int
    logged_models: int
    files: int
    blobs: int
    bytes: int
    kept: Sequence[KeptThing]
    kept_count: int


class Job(Struct, frozen=True):
    """`state` is waiting, running, succeeded or failed; `done` goes from 0 to 1."""

    id: str
    kind: str
    state: str
    phase: str
    done: float
    error: str
    created_at: int
    updated_at: int
    ended_at: int | None
    tally: Tally

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("succeeded", "failed")


class Deletion(Struct, frozen=True):
    """What a dry run would delete, or the job that has been started."""

    tally: Tally | None = None
    job: Job | None = None
