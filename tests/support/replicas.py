"""Live replicas of the saved models, started as the controller starts them."""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from modelyard.executors.processes import LocalProcesses, Process, child_environment
from modelyard.formats import mlmodel
from modelyard.serving import launch
from modelyard.serving.directory import Served
from modelyard.serving.metadata import describe
from modelyard.serving.replica_client import ReplicaClient
from tests.support.saved_models import saved

LOADING = 180.0  # seconds; importing mlflow takes three of them on a machine that does nothing else
# What the odd model does by the value of its input; it cannot import us, so it says the same again.
RAISE, DIE, WAIT, UNWRITABLE = 13.0, 99.0, 7.0, 55.0


@dataclass(frozen=True, slots=True)
class Replica:
    process: Process
    client: ReplicaClient
    home: Path


async def start(model: str, home: Path) -> Process:
    command = launch.command(Path(sys.executable), saved() / model, home / "socket")
    return await LocalProcesses(os.environ).start(command, launch.ENVIRONMENT, home, home / "log")


@asynccontextmanager
async def running(model: str) -> AsyncIterator[Replica]:
    """A replica of its own, for tests that hurt it."""
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    process = await start(model, home)
    client = ReplicaClient(home / "socket")
    try:
        await client.until_listening(LOADING)
        yield Replica(process, client, home)
    finally:
        client.close()
        await process.stop(1.0)
        shutil.rmtree(home)


@functools.cache
def shared(model: str) -> Path:
    """The home of a replica that all tests share; it starts in the background and ends with the session."""
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    command = launch.command(Path(sys.executable), saved() / model, home / "socket")
    with (home / "log").open("wb") as log:
        env = child_environment(os.environ, launch.ENVIRONMENT)
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=home, env=env)
    atexit.register(_end, child, home)
    return home


def _end(child: subprocess.Popen[bytes], home: Path) -> None:
    child.communicate()
    shutil.rmtree(home)


@asynccontextmanager
async def asking(*models: str) -> AsyncIterator[list[ReplicaClient]]:
    """Clients of the shared replicas."""
    clients = [ReplicaClient(home / "socket") for home in map(shared, models)]
    for client in clients:
        await client.until_listening(LOADING)
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def served(model: str, *clients: ReplicaClient, version: str = "3") -> Served:
    document = mlmodel.parse((saved() / model / "MLmodel").read_bytes())
    return Served(model, version, describe(document), clients)
