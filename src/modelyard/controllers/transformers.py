"""Transformers: programs beside a revision's replicas that its requests pass through, one for each such revision."""

import asyncio
import contextlib
import logging
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from modelyard.controllers.replicas import LOAD_TIMEOUT, STOP_GRACE, TAIL_LINES, ReplicaFailed, unless_ended, why
from modelyard.domain import serving_options
from modelyard.domain.endpoint_status import Failure
from modelyard.domain.endpoints import Revision
from modelyard.domain.errors import ModelyardError
from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.processes import LocalProcesses, Process
from modelyard.kit.clock import now_ms
from modelyard.serving import launch
from modelyard.serving.directory import Directory
from modelyard.serving.metadata import Metadata
from modelyard.serving.served import Client, Served

if TYPE_CHECKING:
    from modelyard.serving.transformer_client import TransformerClient

log = logging.getLogger("modelyard.endpoints")
PLATFORM = "kserve_transformer"
WHO = "The transformer's process"
FIRST_DELAY = 0.2
LONGEST_DELAY = 30.0
TRIES = 3
STEADY = 5.0
"""Seconds that one lived after which its end is an accident, and another one starts at once."""
LOST_GRACE = 1.0
SHORTEST_STALL = 2.0
"""Seconds that one has to answer anything, after somebody gave up waiting."""
MODEL_NAME, PREDICTOR_HOST, HTTP_PORT = "--model_name", "--predictor_host", "--http_port"


class Predictors(Protocol):
    """Where transformers reach their models: a directory of its own, and the port at which it is asked."""

    @property
    def directory(self) -> Directory: ...

    async def address(self) -> str:
        """What `KEY` is added to, so that V1 and V2 paths of the name `KEY` can follow."""


@dataclass(frozen=True, slots=True)
class Running:
    """One that is ready."""

    process: Process
    client: "TransformerClient"
    home: Path

    async def retire(self) -> None:
        """Lets running requests finish, then ends the process."""
        await self.client.drained()
        await self.client.close()
        await self.process.stop(STOP_GRACE)


@dataclass(frozen=True, slots=True)
class Transformers:
    """Starts them. `logs` has a file per revision, `places` are private and short-lived."""

    processes: LocalProcesses
    predictors: Predictors
    logs: Path
    places: Path

    async def start(self, name: str, revision: Revision, wanted: serving_options.Transformer, key: str) -> Running:
        """One that answers; `key` is the name of its model in the directory. Raises ReplicaFailed."""
        place = launch.Place(self.places / f"transformer-{secrets.token_hex(4)}")
        options = ServingOptions(memory=wanted.memory, environment_variables=wanted.environment_variables)
        launch.write_plan(place, Path(wanted.folder or place.temporary), {}, options)
        try:
            process, client = await self._process(name, revision, wanted, key, place)
            return Running(process, await _when_ready(process, client, wanted), place.home)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, place.home, ignore_errors=True)
            raise

    async def _process(
        self, name: str, revision: Revision, wanted: serving_options.Transformer, key: str, place: launch.Place
    ) -> tuple[Process, "TransformerClient"]:
        from modelyard.serving.transformer_client import TransformerClient  # noqa: PLC0415 - few servers need its httpx

        port, model = _free_port(), model_name(name, wanted)
        predictor = f"{await self.predictors.address()}{key}"
        command = launch.program_command(Path(sys.executable), place, _command(wanted, model, predictor, port))
        env = {**launch.ENVIRONMENT, "PORT": str(port)}
        log_path = self.logs / f"{name.partition('/')[0]}.{revision.number}.log"
        try:
            process = await self.processes.start(command, env, place.home, log_path)
        except ModelyardError as error:
            raise ReplicaFailed(launch.Failure("NotStarted", error.message, 0)) from error
        return process, TransformerClient(port, model)


async def _when_ready(
    process: Process, client: "TransformerClient", wanted: serving_options.Transformer
) -> "TransformerClient":
    try:
        await unless_ended(process, client.until_ready(wanted.ready_path, LOAD_TIMEOUT))
    except BaseException as error:
        failed = await why(process, error, WHO) if isinstance(error, ModelyardError) else None
        await client.close()
        await process.stop(0)
        if failed is not None:
            raise failed from error
        raise
    return client


class Transformer:
    """Keeps a revision's transformer up; requests are routed to `served`, and from there to `predictor` by its program.

    `proven` says that it has ever been ready. `failure` is the last one there was, `trouble` one that is not over yet.
    `changed` is called whenever something is different.
    """

    def __init__(
        self,
        predictor: Served,
        revision: Revision,
        starting: Transformers,
        changed: Callable[[], None],
        *,
        proven: bool,
    ) -> None:
        options = revision.options
        wanted = options.transformer
        if wanted is None:
            raise ValueError(revision)
        unlimited = replace(options, scaling=replace(options.scaling, limit=0))  # how many replicas take is theirs
        name, version = predictor.endpoint, revision.model_version
        self.served = Served(name, version, Metadata(PLATFORM), (), revision.number, unlimited)
        self.served.lose = self._suspect
        self.served.hears_headers = True
        self.proven = proven
        self.failed = False
        self.failure: Failure | None = None
        self.trouble: Failure | None = None
        self.restarts = 0
        self._running: Running | None = None
        self._name, self._revision, self._wanted = name, revision, wanted
        self._starting = starting
        self._changed = changed
        self._failures = 0
        key = secrets.token_urlsafe(16)
        self._key = key
        self._names = (key, f"{key}/{model_name(name, wanted)}")
        for one in self._names:
            starting.predictors.directory.publish(one, predictor)
        self._task = asyncio.create_task(self._run(), name=f"transformer of {name} revision {revision.number}")

    @property
    def live(self) -> bool:
        return self._running is not None

    async def retire(self) -> None:
        """Ends it after the requests that are running."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        for one in self._names:
            self._starting.predictors.directory.withdraw(one)

    async def _run(self) -> None:
        while not self.failed:
            try:
                await asyncio.sleep(self._delay())
                running = await self._starting.start(self._name, self._revision, self._wanted, self._key)
            except ReplicaFailed as error:
                self._not_started(error)
            except Exception as error:
                log.exception("endpoint %s: starting its transformer failed", self._name)
                self._not_started(ReplicaFailed(launch.Failure("InternalError", str(error), 0)))
            else:
                await self._attend(running)
            self._changed()

    async def _attend(self, running: Running) -> None:
        """From its first request to its end."""
        self._running, self.proven, self.trouble, self.served.problem = running, True, None, ""
        self._publish()
        self._changed()
        began = time.monotonic()
        try:
            stalled = await self._hangs(running)
            await running.process.stop(0)
        except asyncio.CancelledError:
            await running.retire()
            raise
        finally:
            self._running = None
            self._publish()
            await asyncio.to_thread(shutil.rmtree, running.home, ignore_errors=True)
        await running.client.close()
        self.restarts += 1
        self._failures = 0 if time.monotonic() - began > STEADY else self._failures + 1
        tail = running.process.tail(TAIL_LINES)
        failure = launch.failure(running.process.exit_code or 0, tail, WHO)
        if stalled:
            failure = launch.Failure("Stalled", f"{WHO} did not answer any more; it was killed", failure.exit_code)
        self._note(failure, launch.for_people(tail))

    async def _hangs(self, running: Running) -> bool:
        """Waits until it has ended, or until it hangs: who waits for it is better off with another then."""
        patience = max(self._revision.options.timeout, SHORTEST_STALL)
        hung = asyncio.ensure_future(running.client.until_hung(self._wanted.ready_path, patience))
        ended = asyncio.ensure_future(running.process.wait())
        try:
            await asyncio.wait({hung, ended}, return_when=asyncio.FIRST_COMPLETED)
            return not ended.done()
        finally:
            hung.cancel()
            ended.cancel()

    def _not_started(self, error: ReplicaFailed) -> None:
        """A revision that has answered before is worth any number of tries; one that never has is not."""
        self._failures += 1
        self._note(error.failure, error.log_tail)
        self.failed = not self.proven and (not error.worth_retrying or self._failures >= TRIES)
        if self.failed or self._failures >= TRIES:
            self.served.give_up(f"Endpoint '{self._name}' has failed: {error.message}")

    def _note(self, failure: launch.Failure, log_tail: str) -> None:
        log.warning("endpoint %s: %s", self._name, failure.message)
        code = failure.exit_code or None
        self.failure = self.trouble = Failure(failure.reason, failure.message, code, log_tail, now_ms())

    def _publish(self) -> None:
        self.served.put(() if self._running is None else (self._running.client,))

    def _suspect(self, _: Client) -> None:
        """A request lost its connection: its process will be seen to have ended, or else it may try again."""
        asyncio.get_running_loop().call_later(LOST_GRACE, self._publish)

    def _delay(self) -> float:
        return min(FIRST_DELAY * 2.0 ** (self._failures - 1), LONGEST_DELAY) if self._failures else 0.0


def model_name(endpoint: str, wanted: serving_options.Transformer) -> str:
    """What the program calls its model: what its command says, else the name of the endpoint."""
    for at, word in enumerate(wanted.command):
        option, equals, value = word.partition("=")
        if option == MODEL_NAME:
            return value if equals else "".join(wanted.command[at + 1 : at + 2])
    return endpoint


def _command(wanted: serving_options.Transformer, model: str, predictor: str, port: int) -> tuple[str, ...]:
    """With KServe's arguments; of those that the document gives, only the port is ours to say, as there are several."""
    said = {word.partition("=")[0] for word in wanted.command}
    named = () if MODEL_NAME in said else (MODEL_NAME, model)
    asked = () if PREDICTOR_HOST in said else (PREDICTOR_HOST, predictor)
    return (*wanted.command, *named, *asked, HTTP_PORT, str(port))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
