"""Processes that are forks of one that has imported what they need: they start in milliseconds and share its memory."""

import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelyard.domain.errors import Unavailable
from modelyard.executors import memory
from modelyard.executors.environments import Environment
from modelyard.executors.logs import CappedLog
from modelyard.executors.processes import LocalProcesses, Process

log = logging.getLogger("modelyard.zygotes")
MESSAGE = 1 << 16
BIRTH_TIMEOUT = 300.0  # imports of a large library on a slow disk come before it
TRIES = 2
ORPHANED = "orphaned"
UNKNOWN = 255  # how a fork ended whose zygote could not tell any more
Command = Callable[[Path, int], Sequence[str]]
Order = Callable[[Mapping[str, object]], bool]


class Forked(Process):
    """A fork. Its zygote reaps it and says how it ended; after that one's own end a descriptor of it says that much."""

    def __init__(self, pid: int, handle: int, lifeline: int, log: CappedLog, order: Order) -> None:
        super().__init__(pid, lifeline, log)
        self._handle = handle
        self._order = order
        self.why = ""
        """Who ended it, where its zygote knows; ORPHANED when there is none to know."""

    def tell(self, order: Mapping[str, object]) -> bool:
        """Its zygote is asked to do something with it; whether there still is one."""
        return self._order({**order, "pid": self.pid})

    def _signal(self, number: signal.Signals) -> None:
        if self._ended.done():
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(self._handle, number)
            os.killpg(self.pid, number)

    def died(self, code: int, why: str = "") -> None:
        self.why = why
        if self._log.complete:
            self._end(code)
            return
        asyncio.get_running_loop().run_in_executor(None, self._log.finish).add_done_callback(lambda _: self._end(code))

    def orphaned(self) -> None:
        """From now on nobody but the kernel knows of its end."""
        asyncio.get_running_loop().add_reader(self._handle, self._gone)

    def _gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        self.died(UNKNOWN, ORPHANED)

    def _end(self, code: int) -> None:
        if not self._ended.done():
            os.close(self._handle)
        super()._end(code)


class Zygote:
    """One that runs. It ends with us, or when it is told to; its forks do not end with it."""

    def __init__(self, process: Process, orders: socket.socket) -> None:
        self.process = process
        self._orders = orders
        self._numbers = itertools.count(1)
        self._births: dict[int, asyncio.Future[tuple[int, int] | None]] = {}
        self._forks: dict[int, Forked] = {}
        self._dead_already: dict[int, Mapping[str, Any]] = {}  # before we came to register them
        self._one_at_a_time = asyncio.Lock()
        self._imported: set[str] = set()
        self.alive = True
        orders.setblocking(False)
        asyncio.get_running_loop().add_reader(orders.fileno(), self._hear)

    @property
    def idle(self) -> bool:
        return not self._forks and not self._one_at_a_time.locked()

    def import_(self, modules: Sequence[str]) -> None:
        """Have it import what it has not imported yet, before whatever is asked of it next."""
        missing = [name for name in modules if name not in self._imported]
        if missing and self.alive:
            self._imported.update(missing)
            self._send({"modules": missing})

    async def fork(
        self, order: Mapping[str, object], written: CappedLog, descriptors: Sequence[int] = ()
    ) -> Forked | None:
        """A process by the order, which has the descriptors; None when the zygote has died meanwhile."""
        lifeline_end, lifeline = os.pipe()
        try:
            born = await self._order(order, [lifeline_end, written.sink, *descriptors])
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(lifeline_end)
            written.close_sink()
        if born is None:
            os.close(lifeline)
            return None
        fork = Forked(*born, lifeline, written, self._send)
        self._forks[fork.pid] = fork
        if fork.pid in self._dead_already:
            self._learn(self._dead_already.pop(fork.pid), [])
        return fork

    def end(self) -> None:
        """It ends when there is nobody to give it orders."""
        if self.alive:
            self.alive = False
            asyncio.get_running_loop().remove_reader(self._orders.fileno())
            self._orders.close()
            for birth in self._births.values():
                if not birth.done():
                    birth.set_result(None)
            for fork in self._forks.values():
                fork.orphaned()

    def _send(self, order: Mapping[str, object]) -> bool:
        if self.alive:
            with contextlib.suppress(OSError):
                self._orders.send(json.dumps(order).encode())
                return True
        return False

    async def _order(self, order: Mapping[str, object], descriptors: Sequence[int]) -> tuple[int, int] | None:
        """Its id and a descriptor of it. A birth that nobody waits for any more ends with its lifeline."""
        number = next(self._numbers)
        async with self._one_at_a_time:
            if not self.alive:
                return None
            birth: asyncio.Future[tuple[int, int] | None] = asyncio.get_running_loop().create_future()
            self._births[number] = birth
            try:
                socket.send_fds(self._orders, [json.dumps({**order, "number": number}).encode()], descriptors)
                async with asyncio.timeout(BIRTH_TIMEOUT):
                    return await birth
            except OSError:  # no time is left, or nobody is there
                self.end()
                return None
            finally:
                del self._births[number]

    def _hear(self) -> None:
        try:
            while True:
                told, descriptors, _, _ = socket.recv_fds(self._orders, MESSAGE, 1)
                if not told:
                    break
                self._learn(json.loads(told), descriptors)
        except BlockingIOError:
            return
        except OSError:
            pass
        log.warning("a process that others are forked from has ended; what it forked goes on")
        self.end()

    def _learn(self, told: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        if "born" in told:
            self._dead_already.pop(told["born"], None)  # which was another with the same id
            birth = self._births.get(told["number"])
            if birth is None or birth.done():
                os.close(descriptors[0])
            else:
                birth.set_result((told["born"], descriptors[0]))
        elif (fork := self._forks.pop(told["died"], None)) is None:
            self._dead_already[told["died"]] = told
        else:
            fork.died(told["code"], told.get("why", ""))


class Zygotes:
    """One for each environment, started when it is first needed.

    `command` is the argv of one that takes its orders from a descriptor. At most `spare` of them stay without forks.
    Those that end their forks when they end have `grace` seconds for it.
    """

    def __init__(
        self,
        processes: LocalProcesses,
        command: Command,
        env: Mapping[str, str],
        logs: Path,
        *,
        spare: int = 4,
        grace: float = 0.0,
    ) -> None:
        self._processes = processes
        self._command = command
        self._env = env
        self._logs = logs
        self._spare = spare
        self._grace = grace
        self._zygotes: dict[Environment, Zygote] = {}  # the one used last is the last
        self._starting = asyncio.Lock()

    async def warm(self, environment: Environment, modules: Sequence[str]) -> None:
        """Let the imports begin; nobody waits for them yet."""
        (await self._zygote(environment)).import_(modules)

    async def start(
        self,
        environment: Environment,
        modules: Sequence[str],
        order: Mapping[str, object],
        open_log: Callable[[], CappedLog],
        descriptors: Sequence[int] = (),
    ) -> Forked:
        """A fork that does what the order says.

        Raises Unavailable when forking does not work here.
        """
        for _ in range(TRIES):
            zygote = await self._zygote(environment)
            zygote.import_(modules)
            fork = await zygote.fork(order, open_log(), descriptors)
            if fork is not None:
                return fork
        raise Unavailable(f"Nothing can be forked from {environment.python}; see zygotes.log")

    def memory(self) -> int:
        """Bytes that are there once for all forks."""
        return sum(memory.shared_by_forks(zygote.process.pid) for zygote in list(self._zygotes.values()))

    async def stop(self) -> None:
        """Ends them all; their forks are their owners' business, unless they end with them."""
        zygotes, self._zygotes = list(self._zygotes.values()), {}
        for zygote in zygotes:
            zygote.end()
        for zygote in zygotes:
            await zygote.process.stop(self._grace)

    async def _zygote(self, environment: Environment) -> Zygote:
        async with self._starting:
            known = self._zygotes.pop(environment, None)
            if known is None or not known.alive:
                known = await self._begin(environment.python)
            self._zygotes[environment] = known
            await self._thin_out()
            return known

    async def _thin_out(self) -> None:
        idle = [environment for environment, zygote in list(self._zygotes.items())[:-1] if zygote.idle]
        for environment in idle[: max(0, len(idle) - self._spare)]:
            zygote = self._zygotes.pop(environment)
            zygote.end()
            await zygote.process.stop(0)

    async def _begin(self, python: Path) -> Zygote:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            process = await self._processes.start(
                self._command(python, its.fileno()),
                self._env,
                cwd=self._logs,
                log_path=self._logs / "zygotes.log",
                keep=(its.fileno(),),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        return Zygote(process, ours)
