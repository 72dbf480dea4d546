"""The part of the server that keeps models answering: controller, replicas, and the data plane in front of them."""

import asyncio
import contextlib
import logging
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from modelyard.apps.datadir import DataDirectory
from modelyard.controllers.endpoints import EndpointController
from modelyard.controllers.replicas import Launcher, Places
from modelyard.executors import logs
from modelyard.executors.environments import Environments
from modelyard.executors.processes import LocalProcesses
from modelyard.services.artifacts import Artifacts
from modelyard.services.endpoints import Endpoints
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import SOCKET_PATH_LIMIT

log = logging.getLogger("modelyard.endpoints")


class Fleet:
    """`start` it when requests may come, `stop` it when they have been answered."""

    def __init__(
        self, endpoints: Endpoints, artifacts: Artifacts, owned: DataDirectory, environment: Mapping[str, str]
    ) -> None:
        directory = Directory()
        self.data_plane = DataPlane(directory)
        self._sockets = _socket_directory(owned.path)
        places = Places(models=owned.path / "models", logs=owned.logs, sockets=self._sockets)
        launcher = Launcher(artifacts, Environments(owned.path, environment), LocalProcesses(environment), places)
        self._controller = EndpointController(endpoints, launcher, directory)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._controller.run(), name="endpoint controller")

    @property
    def problem(self) -> str | None:
        """Why endpoints are not looked after, if they are not."""
        if self._task is None:
            return "The endpoint controller has not started"
        return "The endpoint controller has ended" if self._task.done() else None

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ends all replicas after their running requests, or at once when there is a hurry."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        ending = asyncio.create_task(self._controller.stop())
        hurried = asyncio.create_task(hurry.wait())
        await asyncio.wait({ending, hurried}, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not ending.done():
            # Replicas end by themselves when we do: their standard input is a pipe from us.
            ending.cancel()
            log.warning("replicas were not waited for")
        shutil.rmtree(self._sockets, ignore_errors=True)


def _socket_directory(data_dir: Path) -> Path:
    """In the data directory, where the next start clears what a killed one left; elsewhere if its path is too long."""
    beside = data_dir / "sockets"
    if len(str(beside / "0000000.sock").encode()) > SOCKET_PATH_LIMIT:
        return Path(tempfile.mkdtemp(prefix="modelyard-"))
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    return beside


def read_log(owned: DataDirectory, name: str, lines: int) -> str:
    """The last lines that the replicas of an endpoint wrote."""
    return "\n".join(logs.tail(owned.logs / f"{name}.log", lines))
