"""The serving part of a server, put together for tests."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modelyard.controllers.endpoints import EndpointController
from modelyard.controllers.replicas import Launcher, Places
from modelyard.domain.endpoints import EndpointDetail, Phase
from modelyard.formats.inference import Form, InferenceRequest
from modelyard.services.artifacts import Artifacts
from modelyard.services.endpoints import Endpoints
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory
from modelyard.storage.database import Database
from tests.support.saved_models import saved
from tests.support.streams import pieces
from tests.support.tracking import ME

PATIENCE = 180.0
LIMITS = Limits(timeout=PATIENCE, hold=PATIENCE)


@dataclass(slots=True)
class Yard:
    database: Database
    artifacts: Artifacts
    endpoints: Endpoints
    launcher: Launcher
    places: Places
    directory: Directory = field(default_factory=Directory)
    _controller: EndpointController | None = None
    _running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """As a server does when it starts: nothing is known but what the database says."""
        self.directory = Directory()
        self._controller = EndpointController(self.endpoints, self.launcher, self.directory)
        self._running = asyncio.create_task(self._controller.run())

    async def stop(self) -> None:
        if self._running is None or self._controller is None:
            return
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        await self._controller.stop()
        self._running = None

    async def keep(self, model: str, name: str, changes: Mapping[str, bytes] | None = None) -> str:
        """Puts a saved model among the artifacts, with some files changed or added, and answers its URI."""
        folder = saved() / model
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for path, content in {**files, **(changes or {})}.items():
            await self.artifacts.put(ME, f"1/models/{name}/{path}", pieces(content))
        return f"mlflow-artifacts:/1/models/{name}"

    async def until(self, name: str, holds: Callable[[EndpointDetail], bool]) -> EndpointDetail:
        """The endpoint, once `holds`."""
        async with asyncio.timeout(PATIENCE):
            while not holds(detail := await self.endpoints.get(ME, name)):  # noqa: ASYNC110 - rows wake nobody
                await asyncio.sleep(0.01)
        return detail

    async def ready(self, name: str, revision: int = 1) -> EndpointDetail:
        return await self.until(
            name, lambda seen: (seen.status.phase, seen.status.serving_revision) == (Phase.READY, revision)
        )

    async def failed(self, name: str) -> EndpointDetail:
        return await self.until(name, lambda seen: seen.status.phase is Phase.FAILED)

    async def predict(self, name: str, a: float, b: float | None = None) -> object:
        """What the endpoint answers to one row."""
        row, columns = ([a], ["a"]) if b is None else ([a, b], ["a", "b"])
        payload = json.dumps({"columns": columns, "data": [row]}).encode()
        answer = await DataPlane(self.directory, LIMITS).infer(name, InferenceRequest(Form.DATAFRAME_SPLIT, payload))
        return json.loads(answer.predictions)

    def model_directory(self) -> Path:
        """Where the only model that was fetched is; opened for what a test wants to leave there."""
        (folder,) = self.places.models.iterdir()
        folder.chmod(0o755)
        return folder

    def pid(self, name: str) -> int:
        """The process that answers for the endpoint."""
        assert self._controller is not None
        serving = self._controller._keepers[name]._serving
        assert serving is not None
        return serving.replica.process.pid

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
