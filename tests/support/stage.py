"""The controller of pipelines over a real store, with steps that are played by functions of the test."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelyard.controllers.pipelines.conductor import Means
from modelyard.controllers.pipelines.controller import PipelineController
from modelyard.controllers.pipelines.folders import Folders
from modelyard.controllers.pipelines.secrets import Secrets
from modelyard.controllers.pipelines.volumes import Volumes
from modelyard.domain.pipeline_runs import NewPipelineRun, PipelineRun, PipelineRunDetail, Task, TaskKind
from modelyard.domain.task_launch import Launch, Needs
from modelyard.executors.steps.in_memory import InMemoryTasks, Say
from modelyard.executors.steps.slots import Machine
from modelyard.services.artifacts import Artifacts
from modelyard.services.experiments import Experiments
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.storage.database import Database
from tests.support.conditions import INTERVAL, SECONDS
from tests.support.tracking import ME

Part = Callable[["Given"], Awaitable[int | None]]
"""One step's play: answers the exit code, 0 if it says nothing."""


@dataclass
class Given:
    """What a step is given; `put` writes what it puts out."""

    launch: Launch
    say: Say

    @property
    def input(self) -> Any:
        return json.loads(self.launch.executor_input)

    @property
    def parameters(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.input["inputs"]["parameterValues"]
        return found

    @property
    def output_file(self) -> Path:
        return Path(self.input["outputs"]["outputFile"])

    def file_of(self, parameter: str) -> Path:
        return Path(self.input["outputs"]["parameters"][parameter]["outputFile"])

    def path(self, side: str, name: str) -> Path:
        return Path(self.input[side]["artifacts"][name]["artifacts"][0]["uri"])

    def put(self, artifacts: Mapping[str, Any] | None = None, **parameters: Any) -> None:
        told = {"parameterValues": parameters, "artifacts": artifacts or {}}
        self.output_file.write_text(json.dumps(told))


@dataclass
class Stage:
    """`parts` are steps by the name of their function; those that have none do nothing. `played` is who was on."""

    database: Database
    artifacts: Artifacts
    root: Path
    reuse_for: float = math.inf
    parts: dict[str, Part] = field(default_factory=dict)
    played: list[str] = field(default_factory=list)
    launches: list[Launch] = field(default_factory=list)

    def __post_init__(self) -> None:
        changed = asyncio.Event()
        self.runs = PipelineRuns(self.database, changed)
        self.runs.watch_line(lambda: self.executor.waiting())  # noqa: PLW0108 - that of each time
        self.work = PipelineWork(self.database, self.artifacts, changed)
        self.folders = Folders(self.root / "steps")
        self.executor = self.new_executor()
        self._controllers: list[asyncio.Task[None]] = []

    def new_executor(self) -> InMemoryTasks:
        return InMemoryTasks(self._play, Machine(8, 1 << 33))

    async def _play(self, launch: Launch, say: Say) -> int:
        self.launches.append(launch)
        name = launch.python.function if launch.python else launch.command[0]
        self.played.append(name)
        part = self.parts.get(name)
        return (await part(Given(launch, say)) or 0) if part else 0

    def begin(self) -> asyncio.Task[None]:
        means = Means(
            self.work,
            self.executor,
            self.folders,
            Secrets(self.root),
            Volumes(self.root),
            "http://server",
            reuse_for=self.reuse_for,
            capacity=Needs(8, 1 << 33, 0),
        )
        controller = asyncio.create_task(PipelineController(means).run())
        self._controllers.append(controller)
        return controller

    async def end(self) -> None:
        """As the server does when it stops."""
        for controller in self._controllers:
            controller.cancel()
        await asyncio.gather(*self._controllers, return_exceptions=True)
        self._controllers.clear()
        await self.executor.stop()

    async def submit(self, body: bytes, **parameters: Any) -> PipelineRun:
        return await self.runs.create(ME, NewPipelineRun("a run", document=body, parameters=parameters))

    async def until(self, run: PipelineRun, condition: Callable[[PipelineRunDetail], bool]) -> PipelineRunDetail:
        async with asyncio.timeout(SECONDS):
            while not condition(found := await self.runs.detail(ME, run.id)):  # noqa: ASYNC110
                await asyncio.sleep(INTERVAL)
        return found

    async def ended(self, run: PipelineRun) -> PipelineRunDetail:
        return await self.until(run, lambda detail: detail.run.state.ended)


@asynccontextmanager
async def stage(database: Database, artifacts: Artifacts, root: Path) -> AsyncIterator[Stage]:
    await Experiments(database).ensure_default()
    made = Stage(database, artifacts, root)
    made.begin()
    try:
        yield made
    finally:
        await made.end()


def step(detail: PipelineRunDetail, name: str) -> Task:
    (found,) = [task for task in detail.tasks if task.name == name and task.kind in (TaskKind.STEP, TaskKind.IMPORT)]
    return found
