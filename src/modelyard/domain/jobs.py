"""Work that the server does in the background and goes on with after a crash."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Job:
    """`spec` says what to do; `progress` what has been done, enough to go on from. Times are ms since the epoch."""

    id: str
    workspace_id: int
    kind: str
    state: JobState
    spec: Mapping[str, Any]  # as its kind of job reads it
    progress: Mapping[str, Any]
    user: str
    created_at: int
    updated_at: int
    ended_at: int | None = None
    error: str = ""
