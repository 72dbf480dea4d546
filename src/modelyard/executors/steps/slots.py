"""Who may run now: what the machine has, given out fairly between runs."""

import asyncio
import contextlib
import os
from collections import deque
from dataclasses import dataclass, field

from modelyard.domain.task_launch import Needs
from modelyard.executors import memory

SHARE = 0.5
PATIENCE = 16
"""How often the first of a run may be passed over by smaller ones before the machine is kept free for it."""
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Machine:
    """What steps may use together: cores, bytes, and the names of devices in the words of CUDA_VISIBLE_DEVICES.

    `share` is how much of a core a step occupies that asks for none: at one half, two such steps run on each core.
    """

    cpu: float
    memory: int
    gpus: tuple[str, ...] = ()
    share: float = SHARE


def this_machine() -> Machine:
    """All that we may use of it, without devices."""
    return Machine(len(os.sched_getaffinity(0)), memory.of_machine())


@dataclass(frozen=True, slots=True)
class Slot:
    """What was given to a step until it is given back."""

    millicores: int
    memory: int
    gpus: tuple[str, ...]


@dataclass(slots=True)
class _Waiting:
    needs: Needs
    granted: asyncio.Future[Slot] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    passed_over: int = 0


class Slots:
    """A line for each run; the runs take turns."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._millicores = _milli(machine.cpu)
        self._memory = machine.memory
        self._gpus = deque(machine.gpus)
        self._lines: dict[str, deque[_Waiting]] = {}  # the run whose turn is next is the first

    def refusal(self, needs: Needs) -> str:
        """Why a step can never run here; empty when it can."""
        lacking = []
        if needs.cpu > self._machine.cpu:
            lacking.append(f"{needs.cpu:g} CPUs of {self._machine.cpu:g}")
        if needs.memory > self._machine.memory:
            lacking.append(f"{needs.memory / _GIB:.3g} GiB of memory of {self._machine.memory / _GIB:.3g}")
        if needs.gpus > len(self._machine.gpus):
            lacking.append(f"{needs.gpus} GPUs of {len(self._machine.gpus)}")
        if not lacking:
            return ""
        return f"The step asks for {' and '.join(lacking)} that there are; ask for less, or run it on a larger machine"

    async def take(self, run_id: str, needs: Needs) -> Slot:
        """Waits for the run's turn and for enough to be free. Give it back."""
        waiting = _Waiting(needs)
        self._lines.setdefault(run_id, deque()).append(waiting)
        self._serve()
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self.give_back(waiting.granted.result())
            else:
                self._leave(run_id, waiting)
            raise

    def give_back(self, slot: Slot) -> None:
        self._millicores += slot.millicores
        self._memory += slot.memory
        self._gpus.extend(slot.gpus)
        self._serve()

    def _leave(self, run_id: str, waiting: _Waiting) -> None:
        line = self._lines.get(run_id, deque())
        with contextlib.suppress(ValueError):
            line.remove(waiting)
        if not line:
            self._lines.pop(run_id, None)
        self._serve()

    def _serve(self) -> None:
        while (run_id := self._next()) is not None:
            line = self._lines.pop(run_id)
            waiting = line.popleft()
            if line:
                self._lines[run_id] = line  # as the last
            if not waiting.granted.cancelled():  # it is about to leave the line
                waiting.granted.set_result(self._taken(waiting.needs))

    def _next(self) -> str | None:
        """The first run in turn whose first step fits, unless one before it has been passed over too often."""
        passed: list[_Waiting] = []
        for run_id, line in self._lines.items():
            if self._fits(line[0].needs):
                for waiting in passed:
                    waiting.passed_over += 1
                return run_id
            if line[0].passed_over >= PATIENCE:
                return None
            passed.append(line[0])
        return None

    def _fits(self, needs: Needs) -> bool:
        return self._asked(needs) <= self._millicores and needs.memory <= self._memory and needs.gpus <= len(self._gpus)

    def _taken(self, needs: Needs) -> Slot:
        slot = Slot(self._asked(needs), needs.memory, tuple(self._gpus.popleft() for _ in range(needs.gpus)))
        self._millicores -= slot.millicores
        self._memory -= slot.memory
        return slot

    def _asked(self, needs: Needs) -> int:
        return _milli(needs.cpu or min(self._machine.share, self._machine.cpu))


def _milli(cpu: float) -> int:
    return round(cpu * 1000)
