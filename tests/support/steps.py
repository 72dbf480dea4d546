"""Steps to run, as shell scripts for processes and as plays for those without."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modelyard.domain.task_launch import Ended, Launch, PythonStep, TaskExecutor
from modelyard.executors.environments import Environments
from modelyard.executors.steps.in_memory import InMemoryTasks, Say
from modelyard.executors.steps.local import Limits, LocalTasks
from modelyard.executors.steps.slots import Machine
from tests.support.conditions import INTERVAL, SECONDS

GIB = 1 << 30
MACHINE = Machine(cpu=8, memory=8 * GIB, gpus=("7", "9"))
PACKAGES = ("kfp==2.9.0", "typing-extensions>=3.7.4,<5")
HEAD = "import kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\n"


async def _works(_: Launch, say: Say) -> int:
    say("hello")
    return 0


async def _fails(_: Launch, say: Say) -> int:
    say("it is broken")
    return 3


async def _is_killed(_: Launch, __: Say) -> int:
    return -9


async def _waits(launch: Launch, say: Say) -> int:
    say("waiting")
    (launch.folder / "started").touch()
    while not (launch.folder / "go").exists():  # noqa: ASYNC110 - as a process does
        await asyncio.sleep(INTERVAL)
    say("gone")
    return 0


SCRIPTS: dict[str, Callable[[Launch, Say], Awaitable[int]]] = {
    "echo hello": _works,
    "echo it is broken; exit 3": _fails,
    "kill -9 $$": _is_killed,
    "echo waiting; touch started; until [ -e go ]; do sleep 0.01; done; echo gone": _waits,
}
WORKS, FAILS, IS_KILLED, WAITS = SCRIPTS


@dataclass(frozen=True)
class Bench:
    """An executor, and where its steps work."""

    tasks: TaskExecutor
    home: Path

    def launch(self, name: str, script: str = "", **facts: Any) -> Launch:
        folder = self.home / name
        folder.mkdir()
        return replace(Launch(f"{name}.0", "run", folder, ("sh", "-c", script), "{}"), **facts)

    async def start(self, name: str, script: str = "", **facts: Any) -> Launch:
        launch = self.launch(name, script, **facts)
        await self.tasks.start(launch)
        return launch

    async def run(self, name: str, script: str = "", **facts: Any) -> Ended:
        launch = await self.start(name, script, **facts)
        told = await self.ended()
        assert told.key == launch.key
        return told

    async def ended(self) -> Ended:
        async with asyncio.timeout(SECONDS):
            return await self.tasks.next_ended()


@asynccontextmanager
async def local(home: Path, machine: Machine = MACHINE, limits: Limits = Limits()) -> AsyncIterator[Bench]:  # noqa: B008
    """Real processes."""
    base = {**os.environ, "MODELYARD_DATABASE_URL": "secret"}
    tasks = LocalTasks(base, Environments(home / "cache", os.environ), home, machine, limits=limits)
    try:
        yield Bench(tasks, home)
    finally:
        await tasks.stop()


@asynccontextmanager
async def in_memory(home: Path, machine: Machine = MACHINE) -> AsyncIterator[Bench]:
    async def play(launch: Launch, say: Say) -> int:
        return await SCRIPTS[launch.command[-1]](launch, say)

    tasks = InMemoryTasks(play, machine)
    try:
        yield Bench(tasks, home)
    finally:
        await tasks.stop()


def python(body: str, *packages: str, parameters: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Facts of a launch whose function `f` has this body, and one integer as its output."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    names = ", ".join(f"{name}: {type(value).__name__}" for name, value in (parameters or {}).items())
    told = {
        "inputs": {"parameterValues": dict(parameters or {})},
        "outputs": {"parameters": {"Output": {"outputFile": "outputs/Output"}}, "outputFile": "outputs/executor.json"},
    }
    source = f"{HEAD}def f({names}) -> int:\n{lines}"
    return {"python": PythonStep(source, "f", (*PACKAGES, *packages)), "executor_input": json.dumps(told)}


def output(launch: Launch) -> object:
    """What the function returned."""
    return json.loads((launch.folder / "outputs" / "executor.json").read_bytes())["parameterValues"]["Output"]


def alive(pid: int) -> bool:
    """Neither gone nor a zombie."""
    try:
        return _status(pid)[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    return int(_status(pid)[1])


def _status(pid: int) -> list[str]:
    """State, parent, and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def pid_in(file: Path) -> int:
    return int(file.read_text())


def written(*files: Path) -> Callable[[], bool]:
    """Whether all of them are there, with a whole line each."""
    return lambda: all(file.exists() and file.read_text().endswith("\n") for file in files)
