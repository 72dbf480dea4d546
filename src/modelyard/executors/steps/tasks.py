"""Tries of steps from the line they stand in to their end, whoever carries them out."""

import abc
import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from modelyard.domain.errors import ModelyardError
from modelyard.domain.task_launch import Ended, Ending, Launch
from modelyard.executors.steps import endings, log
from modelyard.executors.steps.slots import Machine, Slot, Slots

Prepared = TypeVar("Prepared")


class Running(abc.ABC):
    """A try that is under way."""

    @abc.abstractmethod
    def end(self, why: str) -> None:
        """Asks all of it to end, and sees to it that it does. Once is enough."""

    @abc.abstractmethod
    async def wait(self) -> Ended:
        """How it ended, when nothing of it is left."""


@dataclass(slots=True)
class _Try:
    task: asyncio.Task[None] | None = None
    running: Running | None = None
    beginning: bool = False
    canceled: bool = False


class Tasks(abc.ABC, Generic[Prepared]):
    """What all kinds of the port have in common. A kind prepares what a step needs, and begins it."""

    def __init__(self, machine: Machine) -> None:
        self._slots = Slots(machine)
        self._tries: dict[str, _Try] = {}
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()

    @abc.abstractmethod
    async def _prepare(self, launch: Launch) -> Prepared:
        """Before it stands in line. What it raises of ours refuses the step."""

    @abc.abstractmethod
    async def _begin(self, launch: Launch, prepared: Prepared, slot: Slot) -> Running:
        """Now."""

    async def start(self, launch: Launch) -> None:
        if launch.key not in self._tries:
            known = self._tries[launch.key] = _Try()
            known.task = asyncio.create_task(self._run(launch, known))

    async def next_ended(self) -> Ended:
        return await self._ended.get()

    async def cancel(self, key: str) -> None:
        known = self._tries.get(key)
        if known is None or known.canceled:
            return
        known.canceled = True
        if known.running is not None:
            known.running.end(endings.CANCELED)
        elif known.task is not None and not known.beginning:
            # Not before the task has begun, for then nobody would tell of its end.
            asyncio.get_running_loop().call_soon(known.task.cancel)

    async def adopt(self, key: str, folder: Path) -> Ended | None:
        return await asyncio.to_thread(endings.marked, key, folder)

    def running(self) -> Sequence[str]:
        return [key for key, known in self._tries.items() if known.running is not None]

    def waiting(self) -> Sequence[str]:
        return [key for key, known in self._tries.items() if not known.beginning]

    def follow(self, key: str, folder: Path, offset: int = 0) -> AsyncIterator[bytes]:
        return log.follow(folder / log.NAME, offset, lambda: key in self._tries)

    async def stop(self) -> None:
        """Nothing is told of those that it ends."""
        tasks = [known.task for known in self._tries.values() if known.task is not None]
        self._tries.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, launch: Launch, known: _Try) -> None:
        try:
            told = await self._tried(launch, known)
        except asyncio.CancelledError:
            if not known.canceled:  # we stop
                raise
            told = Ended(launch.key, Ending.CANCELED, detail="The step was canceled before it started")
        except (ModelyardError, OSError) as error:
            told = Ended(launch.key, Ending.REFUSED, detail=str(error))
        self._tries.pop(launch.key, None)
        self._ended.put_nowait(told)

    async def _tried(self, launch: Launch, known: _Try) -> Ended:
        refusal = self._slots.refusal(launch.needs)
        if refusal:
            return Ended(launch.key, Ending.REFUSED, detail=refusal)
        prepared = await self._prepare(launch)
        slot = await self._slots.take(launch.run_id, launch.needs)
        timer = None
        try:
            known.beginning = True  # what may have started already is ended as a whole, not forgotten
            known.running = running = await self._begin(launch, prepared, slot)
            if known.canceled:
                running.end(endings.CANCELED)
            if launch.timeout:
                timer = asyncio.get_running_loop().call_later(launch.timeout, running.end, endings.TIMED_OUT)
            return await running.wait()
        finally:
            if timer is not None:
                timer.cancel()
            self._slots.give_back(slot)
