"""The serving part of a server, put together for tests."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modelyard.controllers.endpoints import EndpointController, EndpointServices
from modelyard.controllers.graphs import GraphController
from modelyard.controllers.lineup import Lineup
from modelyard.controllers.pools import Pool
from modelyard.controllers.replica_sets import Launching
from modelyard.domain.endpoint_status import EndpointDetail, Phase
from modelyard.formats.inference import Form, Hints, InferenceRequest, InferenceResult
from modelyard.services.artifacts import Artifacts
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.graphs import Graphs
from modelyard.services.model_versions import ModelVersions
from modelyard.services.rollouts import Rollouts
from modelyard.serving.dataplane import NO_HINTS, DataPlane, Limits
from modelyard.serving.directory import Directory
from modelyard.storage.blobs import open_blobs
from modelyard.storage.database import Database
from tests.support.saved_models import saved
from tests.support.streams import pieces
from tests.support.tracking import ME

PATIENCE = 900.0
SOON = 300.0
"""Where everything is light."""
LIMITS = Limits(timeout=PATIENCE, hold=PATIENCE)
ROW = InferenceRequest(Form.INSTANCES, b"[[1]]")


@dataclass(slots=True)
class Yard:
    """`launcher` starts its replicas, `memory` is what they may use."""

    database: Database
    artifacts: Artifacts
    launcher: Launching
    home: Path
    memory: int = 0
    limits: Limits = LIMITS
    patience: float = PATIENCE
    directory: Directory = field(default_factory=Directory)
    services: EndpointServices = field(init=False)
    graphs: Graphs = field(init=False)
    versions: ModelVersions = field(init=False)
    plane: DataPlane = field(init=False)
    controller: EndpointController | None = None
    _running: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        changes = EndpointChanges(self.database)
        self.graphs = Graphs(self.database, changes)
        self.versions = ModelVersions(self.database, moved=changes.moved)
        self.services = EndpointServices(
            Endpoints(
                self.database, self.versions, changes, lambda name, revision, lines: f"{name} {revision} {lines}"
            ),
            Rollouts(changes),
            EndpointReports(self.database, changes),
            changes,
        )

    @property
    def endpoints(self) -> Endpoints:
        return self.services.endpoints

    @property
    def rollouts(self) -> Rollouts:
        return self.services.rollouts

    def start(self) -> None:
        """As a server does when it starts: nothing is known but what the database says."""
        self.directory = Directory(complete=False)
        self.plane = DataPlane(self.directory, self.limits)
        graphs = GraphController(self.graphs, self.plane)
        self.controller = EndpointController(self.services, self.launcher, self.directory, self.memory, graphs=graphs)
        self._running = self.controller.start()

    async def stop(self) -> None:
        if self._running is None or self.controller is None:
            return
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        await self.controller.stop()
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
        async with asyncio.timeout(self.patience):
            while not holds(detail := await self.endpoints.get(ME, name)):  # noqa: ASYNC110 - rows wake nobody
                await asyncio.sleep(0.01)
        return detail

    async def ready(self, name: str, revision: int = 1) -> EndpointDetail:
        return await self.until(
            name,
            lambda seen: (
                (seen.status.phase, seen.status.serving_revision) == (Phase.READY, revision)
                and seen.status.generation == seen.endpoint.generation
            ),
        )

    async def failed(self, name: str) -> EndpointDetail:
        return await self.until(
            name,
            lambda seen: seen.status.phase is Phase.FAILED and seen.status.generation == seen.endpoint.generation,
        )

    async def predict(self, name: str, a: float, b: float | None = None) -> object:
        """What the endpoint answers to one row."""
        row, columns = ([a], ["a"]) if b is None else ([a, b], ["a", "b"])
        payload = json.dumps({"columns": columns, "data": [row]}).encode()
        answer = await self.plane.infer(name, InferenceRequest(Form.DATAFRAME_SPLIT, payload))
        return json.loads(answer.predictions)

    async def ask(self, name: str, hints: Hints = NO_HINTS) -> InferenceResult:
        """What a light model answers."""
        return await self.plane.infer(name, ROW, None, hints)

    def model_directory(self) -> Path:
        """Where the only model that was fetched is; opened for what a test wants to leave there."""
        (folder,) = (self.home / "models").iterdir()
        folder.chmod(0o755)
        return folder

    def lineup(self, name: str, model: str = "") -> Lineup:
        assert self.controller is not None
        return self.controller.reconcilers[name].lineups[model]

    def pool(self, name: str, revision: int, model: str = "") -> Pool:
        return self.lineup(name, model).pools[revision]

    def pids(self, name: str, model: str = "") -> tuple[int, ...]:
        """The processes of the revision with most requests."""
        shares = self.lineup(name, model).shares
        main = max(shares, key=lambda number: shares[number])
        return tuple(replica.process.pid for replica in self.pool(name, main, model).replicas)

    def pid(self, name: str) -> int:
        """The process that answers for the endpoint."""
        (pid,) = self.pids(name)
        return pid

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)


def blobs_in(database: Database, home: Path) -> Artifacts:
    return Artifacts(database, open_blobs(home / "blobs"))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
