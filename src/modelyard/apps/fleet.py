"""The part of the server that keeps models answering: controller, replicas, and the data plane in front of them."""

import asyncio
import contextlib
import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelyard.apps.datadir import DataDirectory
from modelyard.apps.predictors import PredictorPort
from modelyard.apps.repository import EndpointRepository
from modelyard.apps.services import Services
from modelyard.controllers.acceleration import Accelerator
from modelyard.controllers.endpoints import EndpointController, EndpointServices
from modelyard.controllers.event_sink import EventSink
from modelyard.controllers.graphs import GraphController
from modelyard.controllers.replicas import Launcher, Places
from modelyard.controllers.transformers import Transformers
from modelyard.domain.endpoint_status import KeptPayload
from modelyard.executors import logs
from modelyard.executors.environments import Environments
from modelyard.executors.processes import LocalProcesses
from modelyard.formats.inference import InferenceRequest, InferenceResult
from modelyard.kit.threads import in_thread
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory
from modelyard.serving.payloads import newest
from modelyard.serving.payloads.files import PayloadFiles
from modelyard.serving.payloads.log import PayloadRecorder
from modelyard.serving.replica_client import SOCKET_PATH_LIMIT
from modelyard.serving.served import Served

log = logging.getLogger("modelyard.endpoints")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes that models may use together, and what one request may ask for; of bytes and `rows`, 0 is any number.

    Models that are `isolated` have no network.
    """

    memory: int
    limits: Limits
    rows: int = 0
    isolated: bool = False


class Fleet:
    """`start` it when requests may come, `stop` it when they have been answered."""

    def __init__(
        self, services: Services, owned: DataDirectory, environment: Mapping[str, str], bounds: Bounds, sink: EventSink
    ) -> None:
        directory = Directory(complete=False)
        self.sink = sink
        self.payloads = PayloadRecorder(PayloadFiles(owned.payloads), sink.offer)
        self.data_plane = DataPlane(directory, bounds.limits, self._note)
        self._sockets = _socket_directory(owned.path)
        places = Places(models=owned.path / "models", logs=owned.logs, sockets=self._sockets)
        environments = Environments(owned.path, environment)
        processes = LocalProcesses(environment)
        self._launcher = Launcher(
            services.artifacts,
            environments,
            processes,
            places,
            services.outside_models,
            bounds.rows,
            isolated=bounds.isolated,
        )
        accelerator = Accelerator(processes, owned.path / "accelerated")
        works_with = EndpointServices(
            services.endpoints, services.rollouts, services.endpoint_reports, services.endpoint_changes
        )
        graphs = GraphController(services.graphs, self.data_plane)
        self._predictors = PredictorPort(bounds.limits, EndpointRepository(services.endpoints))
        transformers = Transformers(processes, self._predictors, owned.logs, self._sockets)
        self._controller = EndpointController(
            works_with, self._launcher, directory, bounds.memory, accelerator, graphs, transformers
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._controller.start()
        self.sink.start()

    def _note(
        self, served: Served, request: InferenceRequest, outcome: InferenceResult | Exception, seconds: float
    ) -> None:
        self.payloads.record(served, served.options.payload_log, request, outcome, seconds)

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
        ending = asyncio.create_task(self._end())
        hurried = asyncio.create_task(hurry.wait())
        await asyncio.wait({ending, hurried}, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not ending.done():
            # Replicas end by themselves when we do: their standard input is a pipe from us.
            ending.cancel()
            log.warning("replicas were not waited for")
        await self.sink.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def close(self) -> None:
        """Writes the payloads that wait to be kept."""
        self.payloads.close()

    async def _end(self) -> None:
        await self._controller.stop()
        await self._predictors.stop()
        await self._launcher.stop()


def _socket_directory(data_dir: Path) -> Path:
    """In the data directory, where the next start clears what a killed one left; elsewhere if its path is too long."""
    beside = data_dir / "sockets"
    if len(str(beside / "0000000" / "socket.health").encode()) > SOCKET_PATH_LIMIT:
        return Path(tempfile.mkdtemp(prefix="modelyard-"))
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    return beside


def read_log(owned: DataDirectory, name: str, revision: int | None, lines: int) -> str:
    """The last lines that the replicas of a revision wrote; of the newest one that has written any for None."""
    if revision is None:
        revision = max((int(path.suffixes[-2][1:]) for path in owned.logs.glob(f"{name}.*.log")), default=0)
    return "\n".join(logs.tail(owned.logs / f"{name}.{revision}.log", lines))


async def newest_payloads(owned: DataDirectory, endpoint: str, most: int) -> Sequence[KeptPayload]:
    """What was kept last of an endpoint, the latest first."""
    return await in_thread(newest.newest, owned.payloads, endpoint, most)
