"""Runs of compiled pipelines without processes: the planner is told what a function says that each step put out."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modelyard.controllers.pipelines.changes import Changes
from modelyard.controllers.pipelines.planner import Planner
from modelyard.controllers.pipelines.words import words_of
from modelyard.domain.pipeline_runs import Artifact, Failure, Moment, PipelineRun, RunState, Task, TaskKind, Values
from modelyard.formats.pipeline_spec import reading

Play = Callable[[Task], Any]
"""Parameters of a step that succeeds, `Values`, or a `Failure`."""


def a_run(document: bytes, parameters: Mapping[str, Any] | None = None, **rest: Any) -> PipelineRun:
    return PipelineRun(
        id="run", workspace_id=1, experiment_id="0", name="a run", description="", state=RunState.PENDING, user="u",
        created_at=0, scheduled_at=0, document=document, parameters=dict(parameters or {}), **rest,
    )  # fmt: skip


def artifact(name: str, **metadata: Any) -> Artifact:
    return Artifact(name, name, "system.Artifact", "0.0.1", f"mlflow-artifacts:/pipelines/{name}", metadata)


@dataclass
class Rehearsal:
    """`started` are the keys of tries in the order in which they were started; `most` ran at once."""

    body: bytes
    parameters: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False
    now: int = 0
    started: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    most: int = 0
    changed: int = 0

    def __post_init__(self) -> None:
        self.spec, document = reading.read(self.body)
        self.run = a_run(document, self.parameters)
        self.tasks: dict[str, Task] = {}
        self._ids = itertools.count(1)
        self.planner = self._plan()
        self.left = list(self.planner.begin())

    def _plan(self) -> Planner:
        return Planner(
            self.spec,
            self.run,
            list(self.tasks.values()),
            lambda: self.now,
            lambda: f"t{next(self._ids)}",
            words=words_of(self.run, self.spec, "/workspace"),
            complete=self.complete,
        )

    def take(self) -> Changes:
        """As the conductor does; what is started waits in `running` to be told how it ended."""
        changes = self.planner.take()
        for task in changes.tasks.values():
            before = self.tasks.get(task.id)
            history = before.history if before else ()
            if before is None or before.state is not task.state:
                history = (*history, Moment(self.now, task.state, task.error))
            self.tasks[task.id] = replace(task, history=history)
        self.changed += len(changes.tasks)
        for task_id in changes.start:
            self.started.append(self.label(task_id))
            self.running.append(task_id)
        self.most = max(self.most, len(self.running))
        if changes.state is not None:
            self.run = replace(self.run, state=changes.state, error=changes.error)
        return changes

    def again(self) -> None:
        """As after a restart of the server: a planner that knows what was recorded only."""
        self.planner = self._plan()
        self.left = list(self.planner.begin())

    def tell(self, task_id: str, said: Any) -> None:
        self.running.remove(task_id)
        if isinstance(said, Failure):
            self.planner.failed(task_id, said)
        else:
            self.planner.succeeded(task_id, said if isinstance(said, Values) else Values(said or {}))

    def play(self, play: Play, *, last_first: bool = False) -> "Rehearsal":
        """To the end of the run, or until it only waits for time to go by."""
        self.take()
        while self.running:
            task_id = self.running[-1 if last_first else 0]
            self.tell(task_id, play(self.tasks[task_id]))
            self.take()
        return self

    def label(self, task_id: str) -> str:
        task = self.tasks[task_id]
        round_ = self._round(task)
        return task.name + (f"[{round_}]" if round_ else "")

    def _round(self, task: Task) -> str:
        """Which rounds of loops it is in, outermost first."""
        own = "" if task.iteration is None else str(task.iteration)
        above = self._round(self.tasks[task.parent_id]) if task.parent_id else ""
        return ".".join(filter(None, [above, own]))

    @property
    def root(self) -> Task:
        return next(task for task in self.tasks.values() if not task.parent_id)

    def named(self, label: str) -> Task:
        """The task with that label: `name`, or `name[rounds]` within loops."""
        (found,) = [task for task in self.tasks.values() if self.label(task.id) == label]
        return found

    def states(self) -> dict[str, str]:
        """Of steps and importers."""
        kinds = (TaskKind.STEP, TaskKind.IMPORT)
        return {self.label(task.id): str(task.state) for task in self.tasks.values() if task.kind in kinds}


def failing(*names: str) -> Play:
    """A play in which these steps fail and all others put nothing out."""
    return lambda task: Failure(2, f"{task.name} is broken") if task.name in names else None


def from_inputs(task: Task) -> Mapping[str, Any]:
    """A play for steps that put out their `text`."""
    return {"Output": task.inputs.parameters.get("text")}


def labels(tasks: Sequence[Task]) -> list[str]:
    return [task.name for task in tasks]
