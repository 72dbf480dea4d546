"""From a revision to a process that has answered a prediction."""

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.domain.endpoints import Revision
from modelyard.domain.errors import DeadlineExceeded, InvalidInput, ModelyardError, NotFound
from modelyard.domain.principals import SYSTEM
from modelyard.executors.environments import EnvironmentKind, Environments
from modelyard.executors.processes import LocalProcesses, Process
from modelyard.formats import mlmodel
from modelyard.services.artifacts import Artifacts, location_path
from modelyard.serving import launch
from modelyard.serving.metadata import Metadata, describe
from modelyard.serving.replica_client import ReplicaClient, ReplicaLost

LOAD_TIMEOUT = 300.0
PROBE_TIMEOUT = 60.0
STOP_GRACE = 10.0
TAIL_LINES = 20
Progress = Callable[[str], None]


class ReplicaFailed(ModelyardError):
    """A replica did not come up."""

    def __init__(self, failure: launch.Failure, log_tail: str = "") -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.log_tail = log_tail

    @property
    def worth_retrying(self) -> bool:
        """A model that cannot be loaded will not load next time either; a process that was killed may."""
        return self.failure.reason == "Killed"


@dataclass(frozen=True, slots=True)
class Replica:
    """A live process that has answered its probe."""

    process: Process
    client: ReplicaClient
    metadata: Metadata
    probe: str

    async def retire(self) -> None:
        """Lets running requests finish, then ends the process."""
        self.client.close()
        await self.client.drained()
        await self.process.stop(STOP_GRACE)


@dataclass(frozen=True, slots=True)
class Places:
    """`models` keeps fetched models, `logs` a file per endpoint, `sockets` must be short and private."""

    models: Path
    logs: Path
    sockets: Path


class Launcher:
    """Brings up replicas on this machine."""

    def __init__(
        self, artifacts: Artifacts, environments: Environments, processes: LocalProcesses, places: Places
    ) -> None:
        self._artifacts = artifacts
        self._environments = environments
        self._processes = processes
        self._places = places
        self._count = itertools.count(1)

    async def prepare(self, revision: Revision, progress: Progress) -> tuple[Path, Path]:
        """The model's directory and the Python to run it with, fetched and built where missing.

        Raises ReplicaFailed with a reason.
        """
        try:
            model = await self._fetch(revision)
        except ModelyardError as error:
            raise ReplicaFailed(launch.Failure("ModelNotFetched", error.message, 0)) from error
        try:
            environment = await self._environments.prepare(EnvironmentKind(revision.environment), model, progress)
        except ModelyardError as error:
            raise ReplicaFailed(launch.Failure("EnvironmentNotBuilt", error.message, 0)) from error
        return model, environment.python

    async def start(self, name: str, model: Path, python: Path) -> Replica:
        """A process that has loaded the model and answered a probe prediction. Raises ReplicaFailed."""
        socket = self._places.sockets / f"{next(self._count)}.sock"
        client = ReplicaClient(socket)
        process = await self._processes.start(
            launch.command(python, model, socket),
            launch.ENVIRONMENT,
            cwd=model,
            log_path=self.log_path(name),
        )
        try:
            return await self._when_ready(process, client, model)
        except BaseException:
            client.close()
            await process.stop(0)
            raise

    def log_path(self, name: str) -> Path:
        return self._places.logs / f"{name}.log"

    async def _when_ready(self, process: Process, client: ReplicaClient, model: Path) -> Replica:
        try:
            await _unless_ended(process, client.until_listening(LOAD_TIMEOUT))
            probe = await client.probe(PROBE_TIMEOUT)
        except ModelyardError as error:
            raise await _why(process, error) from error
        said = f"{probe.probed} ({probe.rows} rows)" if probe.probed else "loaded; the model has no input example"
        document = mlmodel.parse((model / "MLmodel").read_bytes())
        return Replica(process, client, describe(document), said)

    async def _fetch(self, revision: Revision) -> Path:
        """The model's files in a directory named after what is in them, so that equal models are fetched once."""
        root = location_path(revision.location)
        files = await self._artifacts.walk(SYSTEM, root)
        if not any(file.path == f"{root}/MLmodel" for file in files):
            raise NotFound(f"There is no MLmodel file at {revision.location}; was the model logged completely?")
        inventory = "\n".join(f"{file.path.removeprefix(root)} {file.blob.digest}" for file in files)
        target = self._places.models / hashlib.sha256(inventory.encode()).hexdigest()[:32]
        if not target.is_dir():
            await self._artifacts.materialise(SYSTEM, root, target)
        return target


async def _unless_ended(process: Process, ready: Coroutine[Any, Any, None]) -> None:
    """Waits for `ready`; raises InvalidInput as soon as the process ends instead."""
    waiting = asyncio.ensure_future(ready)
    ended = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise InvalidInput("The model's process ended while loading")
        await waiting
    finally:
        waiting.cancel()
        ended.cancel()


async def _why(process: Process, error: ModelyardError) -> ReplicaFailed:
    if isinstance(error, ReplicaLost):  # a connection ends a moment before its process is known to have
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_GRACE):
                await process.wait()
    tail = process.tail(TAIL_LINES)
    shown = "\n".join(tail)
    if process.exit_code is not None:
        return ReplicaFailed(launch.failure(process.exit_code, tail), shown)
    reason = "LoadTimeout" if isinstance(error, DeadlineExceeded) else "ProbeFailed"
    return ReplicaFailed(launch.Failure(reason, error.message, 0), shown)
