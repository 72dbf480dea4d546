"""The port without processes: for those who test what stands on it, and for trying a pipeline's shape."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from modelyard.domain.task_launch import Ended, Launch
from modelyard.executors.steps import endings, log
from modelyard.executors.steps.slots import Machine, Slot
from modelyard.executors.steps.tasks import Running, Tasks

Say = Callable[[str], None]
Play = Callable[[Launch, Say], Awaitable[int]]


class InMemoryTasks(Tasks[None]):
    """`play` stands in for a step's process: it prints by `say`, returns the exit code, and is canceled to end it.

    Minus a signal's number means that the signal ended it; what it raises is exit code 1.
    """

    def __init__(self, play: Play, machine: Machine) -> None:
        super().__init__(machine)
        self._play = play
        self.no_mounts = ""
        """Why steps can have none, if they cannot."""

    async def cannot_mount(self) -> str:
        return self.no_mounts

    async def _prepare(self, launch: Launch) -> None:  # noqa: ARG002
        return None

    async def _begin(self, launch: Launch, prepared: None, slot: Slot) -> Running:  # noqa: ARG002
        return _Playing(launch, self._play)


class _Playing(Running):
    def __init__(self, launch: Launch, play: Play) -> None:
        self._launch = launch
        self._why = ""
        self._task = asyncio.create_task(self._run(play))

    def end(self, why: str) -> None:
        if not self._why and not self._task.done():
            self._why = why
            self._task.cancel()

    async def wait(self) -> Ended:
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:  # we stop
            self._task.cancel()
            raise
        code = -15 if self._task.cancelled() else self._task.result()
        key, folder = self._launch.key, self._launch.folder
        (folder / endings.MARKER).write_text(json.dumps({"code": code, "why": self._why, "alone": False}), "utf-8")
        return endings.ended(key, folder, code, self._why)

    async def _run(self, play: Play) -> int:
        written = self._launch.folder / log.NAME
        try:
            return await play(self._launch, lambda line: log.write_line(written, line))
        except Exception as error:  # noqa: BLE001 - somebody else's
            log.write_line(written, repr(error))
            return 1
