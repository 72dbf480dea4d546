"""Pipelines, their runs and schedules, as the server tells them. Times are milliseconds since the epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED"})


class Pipeline(Struct, frozen=True):
    """A named set of versions."""

    id: str
    name: str
    display_name: str
    description: str
    created_at: int


class PipelineVersion(Struct, frozen=True):
    """What a pipeline was at a time; its document is left out."""

    id: str
    pipeline_id: str
    name: str
    description: str
    created_at: int


class Failure(Struct, frozen=True):
    """Why something failed; `code` is one of grpc's."""

    code: int
    message: str


class Artifact(Struct, frozen=True):
    """Something that a task made; `uri` is where its bytes are kept."""

    id: str
    name: str
    type: str
    uri: str
    metadata: Mapping[str, Any]


class Values(Struct, frozen=True):
    """What goes into a task or comes out of it."""

    parameters: Mapping[str, Any]
    artifacts: Mapping[str, Sequence[Artifact]]


class Task(Struct, frozen=True):
    """`parent_id` is empty for the root; `iteration` counts within a loop."""

    id: str
    parent_id: str
    name: str
    display_name: str
    kind: str
    state: str
    attempt: int
    created_at: int
    inputs: Values
    outputs: Values
    iteration: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    error: Failure | None = None
    cached_from: str = ""


class PipelineRun(Struct, frozen=True):
    """A run as it stood when the server was asked."""

    id: str
    experiment_id: str
    name: str
    state: str
    parameters: Mapping[str, Any]
    created_at: int
    pipeline_id: str = ""
    version_id: str = ""
    schedule_id: str = ""
    trigger_id: str = ""
    tracking_run_id: str = ""
    started_at: int | None = None
    ended_at: int | None = None
    error: Failure | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


class PipelineRunDetail(Struct, frozen=True):
    """A run and its tasks, those begun first coming first."""

    run: PipelineRun
    tasks: Sequence[Task]


class Log(Struct, frozen=True):
    """A piece of what a task printed; ask on from `next_offset` until it is `over`."""

    text: str
    next_offset: int
    over: bool


class Schedule(Struct, frozen=True):
    """Either `cron`, with seconds first, or `every` so many seconds."""

    id: str
    name: str
    enabled: bool
    cron: str
    every: int
    pipeline_id: str
    runs: int
    created_at: int
    next_at: int | None = None
    error: str = ""
    description: str = ""
    experiment_id: str = ""
    version_id: str = ""
    start_at: int | None = None
    end_at: int | None = None
    catch_up: bool = True
    max_concurrency: int = 1
    parameters: Mapping[str, Any] = {}
    user: str = ""
