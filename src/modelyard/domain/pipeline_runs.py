"""Runs of pipelines, their tasks, and the states both go through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from modelyard.domain.pipeline_spec import Json


class RunState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    CANCELING = "CANCELING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def ended(self) -> bool:
        return self in (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED)


class TaskState(StrEnum):
    """WAITING: for a slot, or for a pause before the next try to be over. CACHED: outputs of an earlier task."""

    PENDING = "PENDING"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    CACHED = "CACHED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def ended(self) -> bool:
        return self not in (TaskState.PENDING, TaskState.WAITING, TaskState.RUNNING)

    @property
    def produced(self) -> bool:
        return self in (TaskState.SUCCEEDED, TaskState.CACHED)


class TaskKind(StrEnum):
    """STEP runs a process; IMPORT makes an artifact; DAG has tasks of its own; LOOP has a DAG or step for each item."""

    STEP = "step"
    IMPORT = "import"
    DAG = "dag"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a task made or read. `uri` is where its bytes are kept; `id` is the same wherever it is passed on."""

    id: str
    name: str
    schema_title: str
    schema_version: str
    uri: str
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Values:
    """What goes into a task or comes out of it."""

    parameters: Mapping[str, Json] = field(default_factory=dict)
    artifacts: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` is one of grpc's; `message` says what went wrong in a sentence, with the end of the log where it helps."""

    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Moment:
    at: int
    state: str
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run, at its latest try. The root DAG is a task too, without a parent.

    `name` is its key in the DAG it belongs to; `iteration` counts from 0 within a loop's parent. Times are ms.
    """

    id: str
    run_id: str
    parent_id: str
    name: str
    display_name: str
    kind: TaskKind
    state: TaskState
    created_at: int
    iteration: int | None = None
    attempt: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    retry_at: int | None = None
    inputs: Values = field(default_factory=Values)
    outputs: Values = field(default_factory=Values)
    error: Failure | None = None
    fingerprint: str = ""  # the cache's key; empty when it is not to be cached
    cached_from: str = ""  # id of the task whose outputs these are
    log: str = ""  # blob digest of what it printed, once ended
    history: Sequence[Moment] = ()


def to_do_again(tasks: Sequence[Task]) -> Sequence[Task]:
    """What is to be done once more when a run is retried: as new, with their histories and the numbers of their tries.

    What succeeded stays, with all in it: a branch that was not taken stays skipped.
    """
    by_id = {task.id: task for task in tasks}

    def stays(task: Task | None) -> bool:
        while task is not None and not task.state.produced:
            task = by_id.get(task.parent_id)
        return task is not None

    return [
        replace(
            task, state=TaskState.PENDING, started_at=None, ended_at=None, retry_at=None, outputs=Values(), error=None
        )
        for task in tasks
        if not stays(task)
    ]


def told_as_waiting(task: Task) -> Task:
    """One that has been handed over to be run, and stands in line."""
    if task.state is not TaskState.RUNNING:
        return task
    *before, last = task.history or (None,)
    history = task.history
    if last is not None and last.state == TaskState.RUNNING:
        history = (*(one for one in before if one is not None), replace(last, state=TaskState.WAITING))
    return replace(task, state=TaskState.WAITING, started_at=None, history=history)


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """`document` is the IR it runs, kept with the run whatever happens to the pipeline. Times are ms."""

    id: str
    workspace_id: int
    experiment_id: str
    name: str
    description: str
    state: RunState
    user: str
    created_at: int
    scheduled_at: int
    started_at: int | None = None
    ended_at: int | None = None
    archived: bool = False
    pipeline: str = ""  # the name in its document
    pipeline_id: str = ""
    version_id: str = ""
    schedule_id: str = ""
    trigger_id: str = ""
    service_account: str = ""
    pipeline_root: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    error: Failure | None = None
    history: Sequence[Moment] = ()
    document: bytes = b""
    tracking_run_id: str = ""  # the run that ordinary mlflow code in its steps lands under


@dataclass(frozen=True, slots=True)
class NewPipelineRun:
    """`document` as it is uploaded, or a pipeline with a version of it, the newest by default.

    No experiment means the default one.
    """

    name: str
    experiment_id: str = ""
    description: str = ""
    document: bytes = b""
    pipeline_id: str = ""
    version_id: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    pipeline_root: str = ""
    service_account: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What starts a run by itself, if anything does; `index` counts its runs from 1."""

    schedule_id: str = ""
    trigger_id: str = ""
    index: int | None = None


@dataclass(frozen=True, slots=True)
class PipelineRunDetail:
    """A run with its tasks, those begun first coming first."""

    run: PipelineRun
    tasks: Sequence[Task] = ()
