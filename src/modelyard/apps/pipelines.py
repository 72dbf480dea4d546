"""The part of the server that carries out pipelines: schedules, triggers, the controller, and the executor of steps."""

import asyncio
import contextlib
import math
from collections.abc import Mapping
from pathlib import Path

from modelyard.apps.datadir import DataDirectory
from modelyard.apps.kinds import FinalStatus
from modelyard.apps.services import Services
from modelyard.apps.settings import Settings
from modelyard.controllers.pipelines.conductor import Means
from modelyard.controllers.pipelines.controller import PipelineController
from modelyard.controllers.pipelines.folders import Folders, StepFolder, key_of
from modelyard.controllers.pipelines.secrets import Secrets
from modelyard.controllers.pipelines.volumes import Volumes
from modelyard.controllers.schedules import ScheduleController
from modelyard.controllers.triggers import TriggerController
from modelyard.domain.pipeline_runs import Task
from modelyard.domain.task_launch import Needs
from modelyard.executors.environments import Environments
from modelyard.executors.steps.local import LocalTasks
from modelyard.executors.steps.slots import Machine, this_machine

DAY = 24 * 3600.0


class Pipelines:
    """`start` it when this server is in charge, `stop` it when it is no longer."""

    def __init__(
        self, services: Services, owned: DataDirectory, environment: Mapping[str, str], url: str, settings: Settings
    ) -> None:
        self.folders = _folders(owned)
        environments = Environments(owned.path, environment)
        machine = _machine(settings)
        self.executor = LocalTasks(environment, environments, owned.logs, machine)
        services.pipeline_runs.watch_line(self.executor.waiting)
        complete = settings.final_status is FinalStatus.COMPLETE
        capacity = Needs(machine.cpu, machine.memory, len(machine.gpus))
        means = Means(
            services.pipeline_work,
            self.executor,
            self.folders,
            Secrets(owned.path),
            Volumes(owned.path),
            url,
            reuse_for=settings.cache_expiry * DAY or math.inf,
            capacity=capacity,
            complete_dialect=complete,
        )
        self._controller = PipelineController(means)
        self._schedules = ScheduleController(services.schedules)
        self._triggers = TriggerController(services.trigger_firings)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._controller.run(), name="pipeline controller"),
            asyncio.create_task(self._schedules.run(), name="schedules"),
            asyncio.create_task(self._triggers.run(), name="triggers"),
        ]

    @property
    def problem(self) -> str | None:
        """Why pipelines are not carried out, if they are not."""
        return "The pipeline controller has ended" if any(task.done() for task in self._tasks) else None

    async def stop(self) -> None:
        """Ends the steps that run; they begin again when somebody is in charge."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self.executor.stop()


def live_log(owned: DataDirectory, task: Task) -> Path | None:
    """Where the task's latest try prints to."""
    return StepFolder(_folders(owned).of_key(task.run_id, key_of(task))).log


def _folders(owned: DataDirectory) -> Folders:
    return Folders(owned.path / "steps")


def _machine(settings: Settings) -> Machine:
    whole = this_machine()
    return Machine(settings.step_cpus or whole.cpu, settings.step_memory, settings.step_gpus)
