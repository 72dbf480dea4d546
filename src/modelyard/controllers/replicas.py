"""From a revision to a process that has answered a prediction."""

import asyncio
import contextlib
import hashlib
import itertools
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.domain.endpoints import Revision
from modelyard.domain.errors import DeadlineExceeded, InvalidInput, ModelyardError, NotFound, Unavailable
from modelyard.domain.outside_models import is_outside
from modelyard.domain.principals import SYSTEM
from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.environments import Environment, EnvironmentKind, Environments
from modelyard.executors.logs import CappedLog
from modelyard.executors.processes import LocalProcesses, Process
from modelyard.executors.zygotes import Zygotes
from modelyard.formats import mlmodel
from modelyard.formats.mlmodel import MLModel
from modelyard.services.artifacts import Artifacts, location_path
from modelyard.services.outside_models import OutsideModels
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
class Prepared:
    """All that a replica of a revision needs to start: its files, its environment, and how it is to be served.

    `note` says in what small things the environment is not the one that the model asks for.
    """

    model: Path
    document: MLModel | None
    environment: Environment
    options: ServingOptions

    @property
    def python(self) -> Path:
        return self.environment.python

    @property
    def note(self) -> str:
        return self.environment.note


@dataclass(frozen=True, slots=True)
class Replica:
    """A live process that has answered its probe. `runtime` says how it predicts, and whether requests together."""

    process: Process
    client: ReplicaClient
    metadata: Metadata
    probe: str
    runtime: str = ""

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
    """Brings up replicas on this machine: where that is possible, by a fork of what has imported what they need.

    A request may have `row_limit` rows, or any number for 0. Replicas that are `isolated` have no network.
    """

    def __init__(
        self,
        artifacts: Artifacts,
        environments: Environments,
        processes: LocalProcesses,
        places: Places,
        outside: OutsideModels | None = None,
        row_limit: int = 0,
        *,
        isolated: bool = False,
    ) -> None:
        self._artifacts = artifacts
        self._environments = environments
        self._processes = processes
        self._places = places
        self._outside = outside
        self._row_limit = row_limit
        self._isolated = isolated
        self._zygotes = Zygotes(processes, launch.zygote_command, launch.ENVIRONMENT, places.logs)
        self._compared: set[tuple[Path, Path]] = set()  # whose runtime answers as mlflow does
        self._need_mlflow: set[tuple[Path, Path]] = set()
        self._count = itertools.count(1)
        self._cleaning: set[asyncio.Task[None]] = set()

    async def prepare(self, revision: Revision, progress: Progress) -> Prepared:
        """Fetches the model and builds its environment where they are missing. Raises ReplicaFailed with a reason."""
        options = revision.options
        try:
            model = await self._fetch(revision, options)
            document = _document(model)
        except ModelyardError as error:
            raise ReplicaFailed(launch.Failure("ModelNotFetched", error.message, 0)) from error
        try:
            environment = await self._environments.prepare(EnvironmentKind(options.environment), model, progress)
            prepared = Prepared(model, document, environment, options)
            if launch.may_be_forked(options):
                await self._zygotes.warm(environment, self._libraries(prepared))
        except ModelyardError as error:
            raise ReplicaFailed(launch.Failure("EnvironmentNotBuilt", error.message, 0)) from error
        return prepared

    async def start(self, name: str, prepared: Prepared) -> Replica:
        """A process that has loaded the model and answered a probe prediction. Raises ReplicaFailed."""
        try:
            return await self._start(name, prepared)
        except ReplicaFailed as failed:
            if not (self._without_mlflow(prepared) and launch.needs_mlflow(failed.failure)):
                raise
        self._need_mlflow.add((prepared.model, prepared.python))
        return await self._start(name, prepared)

    async def _start(self, name: str, prepared: Prepared) -> Replica:
        place = launch.Place(self._places.sockets / str(next(self._count)))
        document = {} if prepared.document is None else prepared.document.document
        compared = (prepared.model, prepared.python) in self._compared
        rules = launch.Rules(self._row_limit, compared, self._without_mlflow(prepared), self._isolated)
        launch.write_plan(place, prepared.model, document, prepared.options, rules)
        client = ReplicaClient(place.socket)
        try:
            process = await self._process(name, prepared, place)
        except ModelyardError as error:
            shutil.rmtree(place.home)
            raise ReplicaFailed(launch.Failure("NotStarted", error.message, 0)) from error
        self._clean_after(process, place)
        try:
            return await self._when_ready(process, client, prepared)
        except BaseException:
            client.close()
            await process.stop(0)
            raise

    def shared_memory(self) -> int:
        """Bytes that replicas share; takes a moment."""
        return self._zygotes.memory()

    async def stop(self) -> None:
        """Ends what replicas are forked from; their keepers have ended them before."""
        await self._zygotes.stop()
        if self._cleaning:
            await asyncio.wait(self._cleaning, timeout=STOP_GRACE)

    async def _process(self, name: str, prepared: Prepared, place: launch.Place) -> Process:
        log_path = self.log_path(name)
        if launch.may_be_forked(prepared.options):
            with contextlib.suppress(Unavailable):
                order = launch.order(place, prepared.model)
                libraries = self._libraries(prepared)
                return await self._zygotes.start(prepared.environment, libraries, order, lambda: CappedLog(log_path))
        command = launch.command(prepared.python, place)
        env = {**launch.ENVIRONMENT, **prepared.options.environment_variables}
        return await self._processes.start(command, env, cwd=prepared.model, log_path=log_path)

    def _libraries(self, prepared: Prepared) -> tuple[str, ...]:
        flavors = prepared.document.configurations if prepared.document is not None else {}
        return launch.libraries(flavors, without_mlflow=self._without_mlflow(prepared))

    def _without_mlflow(self, prepared: Prepared) -> bool:
        """Importing it takes as long as scikit-learn, so it is not done before it is known to be needed.

        Only in what others are forked from is it better there before a replica starts than later.
        """
        flavors = prepared.document.configurations if prepared.document is not None else {}
        return (
            (prepared.model, prepared.python) not in self._need_mlflow
            and launch.may_be_forked(prepared.options)
            and launch.may_need_no_mlflow(flavors, prepared.options)
        )

    def _clean_after(self, process: Process, place: launch.Place) -> None:
        async def clean() -> None:
            await process.wait()
            await asyncio.to_thread(shutil.rmtree, place.home, ignore_errors=True)

        cleaning = asyncio.create_task(clean())
        self._cleaning.add(cleaning)
        cleaning.add_done_callback(self._cleaning.discard)

    def log_path(self, name: str) -> Path:
        return self._places.logs / f"{name}.log"

    async def _when_ready(self, process: Process, client: ReplicaClient, prepared: Prepared) -> Replica:
        try:
            await unless_ended(process, client.until_listening(LOAD_TIMEOUT))
            probe = await client.probe(max(PROBE_TIMEOUT, prepared.options.timeout))
            description = await client.describe()
        except ModelyardError as error:
            raise await why(process, error) from error
        if description.direct:
            self._compared.add((prepared.model, prepared.python))
        said = f"{probe.probed} ({probe.rows} rows)" if probe.probed else "loaded; the model has no input example"
        metadata = describe(prepared.document) if prepared.document is not None else Metadata(platform="python_script")
        return Replica(process, client, metadata, said, description.runtime)

    async def _fetch(self, revision: Revision, options: ServingOptions) -> Path:
        """The model's files in a directory named after what is in them, so that equal models are fetched once."""
        if self._outside is not None and is_outside(revision.location):
            return await self._fetch_outside(self._outside, revision, options)
        root = location_path(revision.location)
        files = await self._artifacts.walk(SYSTEM, root)
        if not options.script and not any(file.path == f"{root}/MLmodel" for file in files):
            raise NotFound(f"There is no MLmodel file at {revision.location}; was the model logged completely?")
        inventory = "\n".join(f"{file.path.removeprefix(root)} {file.blob.digest}" for file in files)
        target = self._places.models / hashlib.sha256(inventory.encode()).hexdigest()[:32]
        if not target.is_dir():
            await self._artifacts.materialise(SYSTEM, root, target)
        return target

    async def _fetch_outside(self, outside: OutsideModels, revision: Revision, options: ServingOptions) -> Path:
        model = await outside.fetch(revision, self._places.models)
        if not options.script and not (model / "MLmodel").is_file():
            raise NotFound(f"There is no MLmodel file at {revision.location}; only models that mlflow saved are served")
        return model


def _document(model: Path) -> MLModel | None:
    """None for a folder that only holds a scoring script. Raises InvalidInput."""
    file = model / "MLmodel"
    return mlmodel.parse(file.read_bytes()) if file.exists() else None


async def unless_ended(process: Process, ready: Coroutine[Any, Any, None]) -> None:
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


async def why(process: Process, error: ModelyardError, who: str = launch.MODEL) -> ReplicaFailed:
    """What to tell of a process that did not become ready."""
    if isinstance(error, ReplicaLost):  # a connection ends a moment before its process is known to have
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_GRACE):
                await process.wait()
    tail = process.tail(TAIL_LINES)
    shown = launch.for_people(tail)
    if process.exit_code is not None:
        return ReplicaFailed(launch.failure(process.exit_code, tail, who), shown)
    reason = "LoadTimeout" if isinstance(error, DeadlineExceeded) else "ProbeFailed"
    return ReplicaFailed(launch.Failure(reason, error.message, 0), shown)
