"""Runs of pipelines side by side: a line for each task, value and artifact, with a cell for each run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modelyard.domain.pipeline_runs import Artifact, PipelineRun, Task, TaskState
from modelyard.domain.pipeline_spec import Json

MOST_LINES: Final = 1000
LONGEST: Final = 300
_PLAIN_METRICS: Final = "system.Metrics"
_METRICS: Final = "Metrics"
_WORST_FIRST: Final = (
    TaskState.FAILED,
    TaskState.CANCELED,
    TaskState.RUNNING,
    TaskState.WAITING,
    TaskState.PENDING,
)
_LEAST_FIRST: Final = (TaskState.SUCCEEDED, TaskState.CACHED, TaskState.SKIPPED)


@dataclass(frozen=True, slots=True)
class TaskCell:
    """How the tasks of one place did in one run; `ms` is from the first start to the last end, if all have ended."""

    task_id: str
    state: str
    tasks: int
    failed: int
    ms: int | None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """`place` is its name within those of its groups; rounds of loops are one line."""

    place: str
    kind: str
    cells: Sequence[TaskCell | None]


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A parameter that a task put out (`key` is empty) or a metric in an artifact of it; rounds are told apart."""

    place: str
    output: str
    key: str
    cells: Sequence[Json]


@dataclass(frozen=True, slots=True)
class ArtifactLine:
    place: str
    output: str
    cells: Sequence[Artifact | None]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """`left_out` counts lines beyond the first thousand of a kind."""

    runs: Sequence[PipelineRun]
    tasks: Sequence[TaskLine]
    values: Sequence[ValueLine]
    artifacts: Sequence[ArtifactLine]
    left_out: int = 0


def compared(runs: Sequence[PipelineRun], tasks: Mapping[str, Sequence[Task]]) -> RunComparison:
    """`tasks` by the ids of the runs; lines are in the order in which they first came up."""
    states: dict[str, list[list[Task]]] = {}
    values: dict[tuple[str, str, str], list[Json]] = {}
    artifacts: dict[tuple[str, str], list[Artifact | None]] = {}
    for at, run in enumerate(runs):
        for task, place, line in _placed(tasks.get(run.id, ())):
            if task.iteration is None:
                states.setdefault(line, [[] for _ in runs])[at].append(task)
            for output, key, value in _values(task):
                values.setdefault((place, output, key), [None] * len(runs))[at] = value
            for output, artifact in _artifacts(task):
                artifacts.setdefault((place, output), [None] * len(runs))[at] = artifact
    whole = RunComparison(
        runs,
        [TaskLine(place, _kind(cells), [_cell(cell) for cell in cells]) for place, cells in states.items()],
        [ValueLine(*where, cells) for where, cells in values.items()],
        [ArtifactLine(*where, cells) for where, cells in artifacts.items()],
    )
    return _bounded(whole)


def _bounded(whole: RunComparison) -> RunComparison:
    left_out = sum(max(0, len(lines) - MOST_LINES) for lines in (whole.tasks, whole.values, whole.artifacts))
    kept = (whole.tasks[:MOST_LINES], whole.values[:MOST_LINES], whole.artifacts[:MOST_LINES])
    return RunComparison(whole.runs, *kept, left_out)


def _placed(tasks: Sequence[Task]) -> Iterator[tuple[Task, str, str]]:
    """Each but the root, with where it is: with the rounds of loops, and without them."""
    by_id = {task.id: task for task in tasks}
    for task in tasks:
        if not task.parent_id:
            continue
        chain: list[Task] = []
        one: Task | None = task
        while one is not None and one.parent_id:
            chain.insert(0, one)
            one = by_id.get(one.parent_id)
        place = "".join(f"/{each.name}" if each.iteration is None else f"[{each.iteration + 1}]" for each in chain)
        yield task, place[1:], "/".join(each.name for each in chain if each.iteration is None)


def _values(task: Task) -> Iterator[tuple[str, str, Json]]:
    for name, value in task.outputs.parameters.items():
        if _is_short(value):
            yield name, "", value
    for name, artifacts in task.outputs.artifacts.items():
        for artifact in artifacts:
            if artifact.schema_title.endswith(_METRICS):
                yield from ((name, key, value) for key, value in artifact.metadata.items() if _is_short(value))


def _is_short(value: Json) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) <= LONGEST)


def _artifacts(task: Task) -> Iterator[tuple[str, Artifact]]:
    """Plain metrics are values."""
    for name, artifacts in task.outputs.artifacts.items():
        for artifact in artifacts[:1]:
            if artifact.schema_title != _PLAIN_METRICS:
                yield name, artifact


def _kind(cells: Sequence[Sequence[Task]]) -> str:
    return next((cell[0].kind.value for cell in cells if cell), "")


def _cell(tasks: Sequence[Task]) -> TaskCell | None:
    if not tasks:
        return None
    states = [task.state for task in tasks]
    state = next((one for one in (*_WORST_FIRST, *_LEAST_FIRST) if one in states), states[0])
    shown = next(task for task in tasks if task.state == state)
    started = [task.started_at for task in tasks if task.started_at is not None]
    ended = [task.ended_at for task in tasks if task.ended_at is not None]
    over = bool(started) and len(ended) == len(tasks)
    failed = sum(one is TaskState.FAILED for one in states)
    return TaskCell(shown.id, state.value, len(tasks), failed, max(ended) - min(started) if over else None)
