"""Steps as processes of this machine: forks of a zygote that has imported what they need."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.task_launch import Ended, Ending, Launch
from modelyard.executors.environments import Environment, Environments
from modelyard.executors.processes import LocalProcesses
from modelyard.executors.steps import endings, log, mounting, strays
from modelyard.executors.steps.environments import StepEnvironments
from modelyard.executors.steps.log import StepLog
from modelyard.executors.steps.program import RUNNER, RUNTIME, Place, program
from modelyard.executors.steps.slots import Machine, Slot
from modelyard.executors.steps.tasks import Running, Tasks
from modelyard.executors.zygotes import ORPHANED, Forked, Zygotes

MODULES = ("kfp.dsl.executor_main",)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step may have: processes at once, bytes of a file (0: most of what is free), seconds to end if asked."""

    processes: int = 512
    file: int = 0
    grace: float = 5.0


class LocalTasks(Tasks[Environment]):
    """The port on this machine. `base` is the server's environment; `logs` is where what concerns no step is told.

    `own_first` lets steps run in the server's own environment where it has all that they ask for.
    """

    def __init__(
        self,
        base: Mapping[str, str],
        environments: Environments,
        logs: Path,
        machine: Machine,
        *,
        limits: Limits = Limits(),
        own_first: bool = True,
    ) -> None:
        super().__init__(machine)
        self._base = dict(base)
        self._machine = machine
        self._limits = limits
        self._environments = StepEnvironments(environments, own_first=own_first)
        self._zygotes = Zygotes(LocalProcesses(base), _command, RUNTIME, logs, grace=limits.grace)
        self._cannot_mount: str | None = None

    async def warm(self) -> None:
        """Let the imports begin, so that the first step need not wait for them."""
        await self._zygotes.warm(self._environments.own, MODULES)

    async def adopt(self, key: str, folder: Path) -> Ended | None:
        await asyncio.to_thread(strays.end, key, folder)
        await _join(folder / log.NAME)
        return await super().adopt(key, folder)

    async def cannot_mount(self) -> str:
        if self._cannot_mount is None:
            self._cannot_mount = await asyncio.to_thread(mounting.problem)
        return self._cannot_mount

    async def stop(self) -> None:
        await super().stop()
        await self._zygotes.stop()  # and they their forks

    async def _prepare(self, launch: Launch) -> Environment:
        written = launch.folder / log.NAME
        return await self._environments.prepare(launch.python, lambda line: log.write_line(written, line))

    async def _begin(self, launch: Launch, prepared: Environment, slot: Slot) -> Running:
        written = launch.folder / log.NAME
        place = Place(self._base, prepared, slot.gpus if self._machine.gpus else None, self._limits.file)
        order = {
            "folder": str(launch.folder),
            "memory": launch.memory_limit,
            "processes": self._limits.processes,
        }
        descriptor = os.memfd_create("program")
        try:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(json.dumps(program(launch, place)).encode())
            forked = await self._zygotes.start(prepared, MODULES, order, lambda: StepLog(written), [descriptor])
        finally:
            os.close(descriptor)
        return _Running(launch, forked, self._limits.grace)


class _Running(Running):
    def __init__(self, launch: Launch, process: Forked, grace: float) -> None:
        self._launch = launch
        self._process = process
        self._grace = grace
        self._why = ""
        self._stopping: asyncio.Task[int] | None = None

    def end(self, why: str) -> None:
        if self._why or self._process.exit_code is not None:
            return
        self._why = why
        if self._process.tell({"signal": signal.SIGTERM, "why": why}):
            asyncio.get_running_loop().call_later(self._grace, self._kill)
        else:  # it has no zygote any more
            self._stopping = asyncio.create_task(self._process.stop(self._grace))

    async def wait(self) -> Ended:
        code = await self._process.wait()
        await _join(self._launch.folder / log.NAME)
        key, folder = self._launch.key, self._launch.folder
        if self._process.why != ORPHANED:
            return endings.ended(key, folder, code, self._process.why)
        await asyncio.to_thread(strays.end, key, folder)
        told = endings.marked(key, folder)
        if self._why:
            return endings.ended(key, folder, told.code if told else 0, self._why)
        return told or Ended(key, Ending.LOST, detail="The process that watches steps was ended, perhaps by this one")

    def _kill(self) -> None:
        if self._process.exit_code is None and not self._process.tell({"signal": signal.SIGKILL, "why": self._why}):
            self._stopping = asyncio.create_task(self._process.stop(0))


async def _join(written: Path) -> None:
    if log.is_split(written):
        await asyncio.to_thread(log.join, written)


def _command(python: Path, descriptor: int) -> tuple[str, ...]:
    return (str(python), str(RUNNER), "zygote", str(descriptor))
