"""Steps as processes of this machine: forks of a zygote that has imported what they need."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.errors import ModelyardError
from modelyard.domain.task_launch import Ended, Ending, Launch
from modelyard.executors.environments import Environment, Environments
from modelyard.executors.processes import LocalProcesses, child_environment
from modelyard.executors.steps import endings, log, strays
from modelyard.executors.steps.environments import StepEnvironments
from modelyard.executors.steps.log import StepLog
from modelyard.executors.steps.slots import Machine, Slot, Slots
from modelyard.executors.zygotes import ORPHANED, Forked, Zygotes

RUNNER = Path(__file__).parents[2] / "runner" / "start.py"  # a program, not a library: it runs in other environments
MODULES = ("kfp.dsl.executor_main",)
RUNTIME = {"_KFP_RUNTIME": "true"}
EARLY = ("PYTHON", "LD_", "GLIBC_", "MALLOC_")
"""What an interpreter reads when it starts; a fork of one that has started would not see it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step may have: processes at once, bytes of a file (0: most of what is free), seconds to end if asked."""

    processes: int = 512
    file: int = 0
    grace: float = 5.0


@dataclass(slots=True)
class _Try:
    """`why` is who wants it to end."""

    launch: Launch
    task: asyncio.Task[None] | None = None
    process: Forked | None = None
    why: str = ""


class LocalTasks:
    """The port on this machine. `base` is the server's environment, of which steps see little; `logs` is for ours."""

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
        self._base = dict(base)
        self._machine = machine
        self._limits = limits
        self._environments = StepEnvironments(environments, own_first=own_first)
        self._slots = Slots(machine)
        processes = LocalProcesses(base)
        self._zygotes = Zygotes(processes, _command, RUNTIME, logs, grace=limits.grace)
        self._tries: dict[str, _Try] = {}
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()

    async def warm(self) -> None:
        """Let the imports of the first step begin."""
        await self._zygotes.warm(await self._environments.prepare(None, _ignore), MODULES)

    async def start(self, launch: Launch) -> None:
        if launch.key not in self._tries:
            known = self._tries[launch.key] = _Try(launch)
            known.task = asyncio.create_task(self._run(known))

    async def next_ended(self) -> Ended:
        return await self._ended.get()

    async def cancel(self, key: str) -> None:
        known = self._tries.get(key)
        if known is None:
            return
        if known.process is not None:
            self._end(known, endings.CANCELED)
        elif known.task is not None:
            known.why = endings.CANCELED
            known.task.cancel()

    async def adopt(self, key: str, folder: Path) -> Ended | None:
        await asyncio.to_thread(strays.end, key, folder)
        return endings.marked(key, folder)

    def running(self) -> Sequence[str]:
        return [key for key, known in self._tries.items() if known.process is not None]

    def follow(self, key: str, folder: Path, offset: int = 0) -> AsyncIterator[bytes]:
        return log.follow(folder / log.NAME, offset, lambda: key in self._tries)

    async def stop(self) -> None:
        tasks = [known.task for known in self._tries.values() if known.task is not None]
        self._tries.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._zygotes.stop()  # which end their forks

    async def _run(self, known: _Try) -> None:
        launch = known.launch
        try:
            told = await self._tried(known)
        except asyncio.CancelledError:
            if not known.why:  # we stop
                raise
            told = Ended(launch.key, Ending.CANCELED, detail="The step was canceled before it started")
        except (ModelyardError, OSError) as error:
            told = Ended(launch.key, Ending.REFUSED, detail=str(error))
        self._tries.pop(launch.key, None)
        self._ended.put_nowait(told)

    async def _tried(self, known: _Try) -> Ended:
        launch = known.launch
        refusal = self._slots.refusal(launch.needs)
        if refusal:
            return Ended(launch.key, Ending.REFUSED, detail=refusal)
        written = launch.folder / log.NAME
        environment = await self._environments.prepare(launch.python, lambda line: log.write_line(written, line))
        slot = await self._slots.take(launch.run_id, launch.needs)
        timer = None
        try:
            known.process = process = await self._begin(launch, environment, slot)
            if launch.timeout:
                loop = asyncio.get_running_loop()
                timer = loop.call_later(launch.timeout, self._end, known, endings.TIMED_OUT)
            code = await process.wait()
            return await self._judged(known, process, code)
        finally:
            if timer is not None:
                timer.cancel()
            self._slots.give_back(slot)

    async def _begin(self, launch: Launch, environment: Environment, slot: Slot) -> Forked:
        order = {
            "folder": str(launch.folder),
            "memory": launch.memory_limit,
            "processes": self._limits.processes,
        }
        program = os.memfd_create("order")
        try:
            content = json.dumps(self._program(launch, environment, slot)).encode()
            with os.fdopen(os.dup(program), "wb") as file:
                file.write(content)
            written = launch.folder / log.NAME
            return await self._zygotes.start(environment, MODULES, order, lambda: StepLog(written), [program])
        finally:
            os.close(program)

    def _program(self, launch: Launch, environment: Environment, slot: Slot) -> dict[str, object]:
        """What the process is to do; it has a descriptor of this, since it may be long, and hold secrets."""
        step = launch.python
        told = {
            "folder": str(launch.folder),
            "env": self._environment(launch, environment, slot),
            "file_limit": self._limits.file,
            "argv": [] if step else list(launch.command),
            "fresh": any(name.startswith(EARLY) for name in launch.env),
        }
        if step:
            told |= {"source": step.source, "function": step.function, "input": launch.executor_input}
        return told

    def _environment(self, launch: Launch, environment: Environment, slot: Slot) -> dict[str, str]:
        env = child_environment(self._base, launch.env)
        env["PATH"] = os.pathsep.join(filter(None, [str(environment.python.parent), env.get("PATH", os.defpath)]))
        env[strays.VARIABLE] = launch.key
        if self._machine.gpus:
            env["CUDA_VISIBLE_DEVICES"] = ",".join(slot.gpus)
        if launch.python:
            return env | RUNTIME
        # What it installs is its own; without this it would be the server's.
        packages = str(launch.folder / "packages")
        env.setdefault("PIP_TARGET", packages)
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [env.get("PYTHONPATH"), packages]))
        return env

    def _end(self, known: _Try, why: str) -> None:
        """Asks all of it to end, and kills what is left after the grace."""
        process = known.process
        if process is None or known.why:
            return
        known.why = why
        if process.tell({"signal": signal.SIGTERM, "why": why}):
            asyncio.get_running_loop().call_later(self._limits.grace, _kill, process, why)
        else:
            ending = asyncio.ensure_future(process.stop(self._limits.grace))
            ending.add_done_callback(lambda done: done.exception())

    async def _judged(self, known: _Try, process: Forked, code: int) -> Ended:
        key, folder = known.launch.key, known.launch.folder
        if process.why != ORPHANED:
            return endings.ended(key, folder, code, process.why)
        await asyncio.to_thread(strays.end, key, folder)
        told = endings.marked(key, folder)
        if known.why:
            return endings.ended(key, folder, told.code if told else 0, known.why)
        return told or Ended(key, Ending.LOST, detail="The process that watched the step was ended, perhaps by it")


def _kill(process: Forked, why: str) -> None:
    if process.exit_code is None:
        process.tell({"signal": signal.SIGKILL, "why": why})


def _command(python: Path, descriptor: int) -> tuple[str, ...]:
    return (str(python), str(RUNNER), "zygote", str(descriptor))


def _ignore(_: str) -> None:
    """Nothing is built for the server's own environment."""
