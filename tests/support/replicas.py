"""Live replicas of the saved models, forked as the controller forks them."""

import asyncio
import atexit
import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.logs import CappedLog
from modelyard.executors.processes import Process, child_environment
from modelyard.executors.zygotes import Zygote
from modelyard.formats import mlmodel
from modelyard.serving import launch
from modelyard.serving.directory import Served
from modelyard.serving.metadata import describe
from modelyard.serving.replica_client import ReplicaClient
from tests.support.saved_models import saved

LOADING = 900.0  # seconds; importing mlflow takes three of them on a machine that does nothing else
# What the odd model does by the value of its input; it cannot import us, so it says the same again.
RAISE, DIE, WAIT, UNWRITABLE = 13.0, 99.0, 7.0, 55.0
LIBRARIES = ("pandas", "mlflow.pyfunc", "mlflow.sklearn", "sklearn.linear_model", "sklearn.compose", "skops.io")
DEFAULTS = ServingOptions()
_attached: dict[asyncio.AbstractEventLoop, Zygote] = {}


@dataclass(frozen=True, slots=True)
class Replica:
    process: Process
    client: ReplicaClient
    home: Path


@functools.cache
def orders() -> socket.socket:
    """To the one process that all replicas of the session are forked from; it ends when we do."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    home = Path(tempfile.mkdtemp(prefix="yard-zygote-"))
    with its, (home / "log").open("wb") as log:
        child = subprocess.Popen(
            launch.zygote_command(Path(sys.executable), its.fileno()),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=child_environment(os.environ, launch.ENVIRONMENT),
            pass_fds=(its.fileno(),),
            start_new_session=True,
        )
    atexit.register(_end, child, home)
    ours.send(json.dumps({"modules": LIBRARIES}).encode())
    return ours


def _end(child: subprocess.Popen[bytes], home: Path) -> None:
    child.communicate()  # closes its lifeline
    shutil.rmtree(home)


@asynccontextmanager
async def zygote() -> AsyncIterator[Zygote]:
    """The session's, for the event loop of one test."""
    loop = asyncio.get_running_loop()
    if loop in _attached:
        yield _attached[loop]
        return
    # Its own process belongs to the session, not to the test.
    _attached[loop] = Zygote(cast("Process", None), orders())
    try:
        yield _attached[loop]
    finally:
        del _attached[loop]
        loop.remove_reader(orders().fileno())


def plan(
    model: Path, home: Path, options: ServingOptions = DEFAULTS, row_limit: int = 0, *, without_mlflow: bool = False
) -> launch.Place:
    place = launch.Place(home)
    file = model / "MLmodel"
    document = mlmodel.parse(file.read_bytes()).document if file.exists() else {}
    launch.write_plan(place, model, document, options, launch.Rules(row_limit, without_mlflow=without_mlflow))
    return place


async def start(
    model: Path | str, home: Path, options: ServingOptions = DEFAULTS, *, without_mlflow: bool = False
) -> Process:
    """A replica that works in `home`; its end is only heard of within `zygote`."""
    place = plan(saved() / model, home, options, without_mlflow=without_mlflow)
    async with zygote() as forking:
        process = await forking.fork(launch.order(place, home), CappedLog(home / "log"))
    assert process is not None
    return process


@asynccontextmanager
async def running(model: Path | str, options: ServingOptions = DEFAULTS, row_limit: int = 0) -> AsyncIterator[Replica]:
    """A replica of its own, for tests that hurt it."""
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    place = plan(saved() / model, home, options, row_limit)
    client = ReplicaClient(place.socket)
    async with zygote() as forking:
        process = await forking.fork(launch.order(place, home), CappedLog(home / "log"))
        assert process is not None
        try:
            await until_listening(process, client)
            yield Replica(process, client, home)
        finally:
            client.close()
            await process.stop(1.0)
            shutil.rmtree(home)


async def until_listening(process: Process, client: ReplicaClient) -> None:
    listening, ended = asyncio.ensure_future(client.until_listening(LOADING)), asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({listening, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert not ended.done(), "\n".join(process.tail(50))
        await listening
    finally:
        listening.cancel()
        ended.cancel()


@functools.cache
def shared(model: str) -> Path:
    """The home of a replica that all tests share; it starts in the background and ends with the session."""
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    atexit.register(shutil.rmtree, home)
    order = {"plan": str(plan(saved() / model, home).plan), "folder": str(home), "number": 0}
    stdin, _ = os.pipe()  # the other end closes when we do
    with (home / "log").open("wb") as log:
        socket.send_fds(orders(), [json.dumps(order).encode()], [stdin, log.fileno()])
    os.close(stdin)
    return home


@asynccontextmanager
async def asking(*models: str) -> AsyncIterator[list[ReplicaClient]]:
    """Clients of the shared replicas."""
    clients = [ReplicaClient(home / "socket") for home in map(shared, models)]
    with contextlib.ExitStack() as closing:
        for client in clients:
            closing.callback(client.close)
            await client.until_listening(LOADING)
        yield clients


def served(model: str, *clients: ReplicaClient, version: str = "3") -> Served:
    document = mlmodel.parse((saved() / model / "MLmodel").read_bytes())
    return Served(model, version, describe(document), clients)
