import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path

from modelyard.controllers.replicas import TAIL_LINES, Launcher, Replica, ReplicaFailed
from modelyard.domain.endpoints import Endpoint, Phase, Revision, Status
from modelyard.domain.errors import ModelyardError
from modelyard.services.endpoints import Endpoints
from modelyard.serving import launch
from modelyard.serving.directory import Directory, Served

log = logging.getLogger("modelyard.endpoints")
FIRST_DELAY = 0.2
LONGEST_DELAY = 30.0
TRIES = 3


@dataclass(frozen=True, slots=True)
class _Serving:
    revision: Revision
    replica: Replica


class Keeper:
    """Keeps one endpoint's wanted revision answering: brings it up, swaps it in, and starts it again when it dies."""

    def __init__(self, endpoint: Endpoint, launcher: Launcher, directory: Directory, endpoints: Endpoints) -> None:
        self.name = endpoint.name
        self._wanted = endpoint.revision
        self._launcher = launcher
        self._directory = directory
        self._endpoints = endpoints
        self._status = Status()
        self._untold = False
        self._serving: _Serving | None = None
        self._proven: Revision | None = None
        self._prepared: dict[int, tuple[Path, Path]] = {}  # by revision, so that a restart needs nothing but itself
        self._changed = asyncio.Event()
        self._retiring: set[asyncio.Task[None]] = set()
        self._directory.hold(self.name, f"Endpoint '{self.name}' is starting; try again shortly")
        self._task = asyncio.create_task(self._run(), name=f"endpoint {self.name}")

    def want(self, revision: Revision) -> None:
        if revision.number != self._wanted.number:
            self._wanted = revision
            self._changed.set()

    async def catch_up(self) -> None:
        """Reports what could not be reported before."""
        if self._untold:
            await self._report()

    async def stop(self, *, removed: bool) -> None:
        """Ends everything of the endpoint, after the requests that are running."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if removed:
            self._directory.withdraw(self.name)
        else:
            self._directory.hold(self.name, "The server is shutting down; send the request again")
        if self._serving is not None:
            await self._serving.replica.retire()
        if self._retiring:
            await asyncio.wait(self._retiring)

    async def _run(self) -> None:
        target, delay = self._wanted, FIRST_DELAY
        while True:
            started = time.monotonic()
            await self._try(target)
            again = await self._until_lost_or_changed()
            if again is not None:
                if time.monotonic() - started > LONGEST_DELAY:
                    delay = FIRST_DELAY
                await self._changed_within(delay)
            if again is None or self._changed.is_set():
                self._changed.clear()
                target, delay = self._wanted, FIRST_DELAY
            else:
                target, delay = again, min(2 * delay, LONGEST_DELAY)

    async def _try(self, revision: Revision) -> None:
        try:
            await self._bring_up(revision, *await self._prepare(revision))
        except ReplicaFailed as error:
            await self._failed(revision, error)
        except Exception as error:
            log.exception("endpoint %s: bringing up revision %d failed", self.name, revision.number)
            await self._failed(revision, ReplicaFailed(launch.Failure("InternalError", str(error), 0)))

    async def _until_lost_or_changed(self) -> Revision | None:
        """What to start again, or None when another revision is wanted.

        A revision that has answered before is worth any number of tries; one that never has is not.
        """
        if self._serving is None:
            if self._proven is None:
                await self._changed.wait()
            return self._proven
        ended = asyncio.create_task(self._serving.replica.process.wait())
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({ended, changed}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                return None
        finally:
            ended.cancel()
            changed.cancel()
        await self._lost(self._serving)
        return self._proven

    async def _changed_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _prepare(self, revision: Revision) -> tuple[Path, Path]:
        if known := self._prepared.pop(revision.number, None):
            return known
        await self._say(Phase.PREPARING, message=f"Fetching {revision.model_uri} and its environment")
        return await self._launcher.prepare(revision, self._note)

    async def _bring_up(self, revision: Revision, model: Path, python: Path) -> None:
        """Ends with the revision published; what served before goes on until then. Raises ReplicaFailed."""
        delay = FIRST_DELAY
        for last in (False,) * (TRIES - 1) + (True,):
            await self._say(Phase.LOADING, message=f"Loading {revision.model_uri}")
            try:
                replica = await self._launcher.start(self.name, model, python)
            except ReplicaFailed as error:
                if last or not error.worth_retrying:
                    raise
                await asyncio.sleep(delay)
                delay *= 2
                continue
            self._prepared = {revision.number: (model, python)}
            await self._publish(revision, replica)
            return

    async def _publish(self, revision: Revision, replica: Replica) -> None:
        served = Served(self.name, revision.model_version, replica.metadata, (replica.client,))
        self._directory.publish(self.name, served)
        previous, self._serving, self._proven = self._serving, _Serving(revision, replica), revision
        if previous is not None:
            retiring = asyncio.create_task(previous.replica.retire())
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)
        self._status = Status(Phase.READY, revision.number, probe=replica.probe, restarts=self._status.restarts)
        await self._report()
        log.info("endpoint %s: revision %d of %s is ready", self.name, revision.number, revision.model_uri)

    async def _lost(self, lost: _Serving) -> None:
        lost.replica.client.close()
        await lost.replica.process.stop(0)  # what it started may live on
        self._serving = None
        self._directory.hold(self.name, f"Endpoint '{self.name}' lost the process of its model and starts it again")
        tail = lost.replica.process.tail(TAIL_LINES)
        failure = launch.failure(lost.replica.process.exit_code or 0, tail)
        self._status = replace(self._status, restarts=self._status.restarts + 1, serving_revision=0)
        log.warning("endpoint %s: %s; starting it again", self.name, failure.message)
        await self._say(
            Phase.LOADING,
            reason=failure.reason,
            message=f"{failure.message}; revision {lost.revision.number} is started again",
            exit_code=failure.exit_code,
            log_tail="\n".join(tail),
        )

    async def _failed(self, revision: Revision, error: ReplicaFailed) -> None:
        """What served before, if anything, goes on; otherwise callers are told why there is no answer."""
        log.error("endpoint %s: revision %d failed: %s", self.name, revision.number, error.message)
        if self._serving is None:
            self._directory.hold(self.name, f"Endpoint '{self.name}' has failed: {error.message}")
        await self._say(
            Phase.FAILED,
            reason=error.failure.reason,
            message=error.message,
            exit_code=error.failure.exit_code or None,
            log_tail=error.log_tail,
        )

    async def _say(
        self, phase: Phase, reason: str = "", message: str = "", exit_code: int | None = None, log_tail: str = ""
    ) -> None:
        self._status = replace(
            self._status, phase=phase, reason=reason, message=message, exit_code=exit_code, log_tail=log_tail
        )
        await self._report()

    async def _report(self) -> None:
        """Models go on answering while the database does not."""
        try:
            await self._endpoints.report(self.name, self._status)
        except ModelyardError as error:
            log.warning("endpoint %s: its status could not be reported: %s", self.name, error.message)
            self._untold = True
        else:
            self._untold = False

    def _note(self, line: str) -> None:
        log.info("endpoint %s: %s", self.name, line)
