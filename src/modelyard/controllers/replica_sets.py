"""So many live replicas of one revision."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from modelyard.controllers.acceleration import Accelerator
from modelyard.controllers.inline import Inline
from modelyard.controllers.memory import Charge, Memory, Tenant
from modelyard.controllers.replicas import TAIL_LINES, Progress, Replica, ReplicaFailed
from modelyard.controllers.transformers import Transformers
from modelyard.domain.endpoint_status import Failure, RevisionStatus
from modelyard.domain.endpoints import Revision
from modelyard.domain.serving_options import Switch
from modelyard.executors import memory
from modelyard.kit.clock import now_ms
from modelyard.serving import launch
from modelyard.serving.served import Client, Served

log = logging.getLogger("modelyard.endpoints")
FIRST_DELAY = 0.2
LONGEST_DELAY = 30.0
TRIES = 3
STEADY = 5.0
"""Seconds that a replica lived after which its end is an accident, and another one starts at once."""
LOST_GRACE = 5.0
SHORTEST_STALL = 2.0
LIBRARIES = 256 << 20
"""Bytes that the libraries of a model are expected to need."""


class Launching(Protocol):
    """Brings up replicas."""

    async def prepare(self, revision: Revision, progress: Progress) -> Any:
        """What `start` needs, fetched and built where missing. Raises ReplicaFailed."""

    async def start(self, name: str, prepared: Any) -> Replica:
        """A replica that has answered its probe; its log is named `name`. Raises ReplicaFailed."""

    def shared_memory(self) -> int:
        """Bytes that replicas share with each other, which are there once."""


@dataclass(frozen=True, slots=True)
class Means:
    """What all revisions share: who starts replicas, how many at once, the memory there is, and who converts models.

    `transformers` starts those of revisions that have one.
    """

    launcher: Launching
    memory: Memory
    starts: asyncio.Semaphore
    accelerator: Accelerator | None = None
    transformers: Transformers | None = None


@dataclass(slots=True, eq=False)
class Live:
    """A replica that answers, since when, how often a request lost its connection to it, and whether it hangs."""

    replica: Replica
    charge: Charge
    since: float
    measured: float = 0.0
    strikes: int = 0
    stalled: bool = False
    watching: asyncio.Task[None] | None = None


class ReplicaSet:
    """As many replicas as are wanted, started again when they die; `served` is told which ones answer.

    `tenant` is whose memory they use. While `urgent`, others are evicted for them; otherwise `no_room` is called when
    there is none. `changed` is called, from the event loop, whenever something is different. `failure` is the last one
    there was, `trouble` one that is not over yet; a set that has `failed` is given up. `probe` and `runtime` are what
    the last replica that came up said.
    """

    def __init__(
        self,
        served: Served,
        revision: Revision,
        known: RevisionStatus,
        means: Means,
        tenant: Tenant,
        changed: Callable[[], None],
    ) -> None:
        self.name = served.endpoint
        self.revision = revision
        self.wanted = 0
        self.urgent = True
        self.no_room: Callable[[], None] = changed
        self.live: list[Live] = []
        self.proven = known.proven
        self.failed = False
        self.failure = known.failure
        self.trouble: Failure | None = None
        self.restarts = 0
        self.probe = self.runtime = ""
        self.preparing = False
        self.waiting_for_memory = False
        self.starting: set[asyncio.Task[None]] = set()
        self._served = served
        self._means = means
        self._tenant = tenant
        self._changed = changed
        self._prepared: Any = None
        self._preparation = asyncio.Lock()
        self._failures = 0
        self._size = 0
        self._ending: set[asyncio.Task[Any]] = set()
        self._inline = _inline(tenant, served, revision, means, changed)
        served.lose = self._suspect

    @property
    def acceleration(self) -> str:
        """What is said about answering without a replica."""
        return "" if self._inline is None else self._inline.said

    def want(self, number: int) -> None:
        """Starts what is missing and ends what is too much."""
        self.wanted = 0 if self.failed else number
        extra = len(self.live) - self.wanted
        if extra > 0:
            leaving, self.live = self.live[-extra:], self.live[:-extra]
            self._publish()
            for one in leaving:
                self._end(one)
        for _ in range(self.wanted - len(self.live) - len(self.starting)):
            task = asyncio.create_task(self._bring_up(), name=f"{self.name} revision {self.revision.number}")
            self.starting.add(task)
            task.add_done_callback(self._started)

    @property
    def longest_stall(self) -> float:
        """Seconds for which nothing may be answered after somebody gave up waiting."""
        return max(self.revision.options.timeout, SHORTEST_STALL)

    @property
    def calm(self) -> bool:
        """Whether `look` would find nothing to do, as long as nobody asks."""
        settled = self._inline is None or self._inline.settled
        return settled and not any(one.replica.client.stalled for one in self.live)

    @property
    def may_have_grown(self) -> bool:
        """Whether requests came since it was measured what they use; without any, a model does not grow."""
        asked = self._served.statistics.last
        return not self.revision.options.memory and any(one.measured <= asked for one in self.live)

    async def measure(self) -> None:
        """Looks at the memory that they use, unless it was said before how much that is."""
        if not self.revision.options.memory:
            for one in list(self.live):
                one.measured = time.monotonic()
                self._size = await asyncio.to_thread(memory.used_by, one.replica.process.pid)
                self._means.memory.settle(one.charge, self._size)

    def look(self) -> None:
        """Has what was asked for answered in the gateway again, and kills replicas whose model hangs.

        Who waits behind such a one is better off with another.
        """
        if self._inline is not None:
            self._inline.look()
        for one in self.live:
            if one.replica.client.stalled > self.longest_stall and not one.stalled:
                one.stalled = True
                self._keep(asyncio.create_task(one.replica.process.stop(0)))

    async def warm(self) -> None:
        """Makes ready what a replica needs, if nobody has to make room for it. Raises ReplicaFailed."""
        if self._means.memory.has_room(LIBRARIES):
            await self._prepare()

    async def retire(self) -> None:
        """Ends all, after the requests that are running."""
        starting = list(self.starting)
        for task in starting:
            task.cancel()
        self.want(0)
        await asyncio.gather(*starting, *self._ending, return_exceptions=True)
        if self._inline is not None:
            await self._inline.retire()

    def _started(self, task: asyncio.Task[None]) -> None:
        self.starting.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("endpoint %s: starting a replica failed", self.name, exc_info=error)
        self.want(self.wanted)

    async def _bring_up(self) -> None:
        try:
            await asyncio.sleep(self._delay())
            one = await self._start()
        except ReplicaFailed as error:
            self._not_started(error)
        except Exception as error:
            log.exception("endpoint %s: bringing up revision %d failed", self.name, self.revision.number)
            self._not_started(ReplicaFailed(launch.Failure("InternalError", str(error), 0)))
        else:
            if one is not None:
                self._add(one)
        self._changed()

    async def _start(self) -> Live | None:
        """A replica that answers; None when there is no room for it."""
        prepared = await self._prepare()
        charge = await self._reserve()
        if charge is None:
            self.no_room()
            return None
        try:
            async with self._means.starts:
                self._changed()
                replica = await self._means.launcher.start(self._log_name, prepared)
        except BaseException:
            self._means.memory.free(charge)
            raise
        self._size = self.revision.options.memory or memory.used_by(replica.process.pid)
        self._means.memory.settle(charge, self._size)
        return Live(replica, charge, time.monotonic())

    @property
    def _log_name(self) -> str:
        return f"{self.name.partition('/')[0]}.{self.revision.number}"

    async def _prepare(self) -> Any:
        async with self._preparation:
            if self._prepared is None:
                self.preparing = True
                self._changed()
                try:
                    self._prepared = await self._means.launcher.prepare(self.revision, self._note)
                finally:
                    self.preparing = False
            return self._prepared

    async def _reserve(self) -> Charge | None:
        size = self.revision.options.memory or self._size
        self.waiting_for_memory = True
        try:
            return await self._means.memory.reserve(self._tenant, size, by_force=self.urgent)
        finally:
            self.waiting_for_memory = False

    def _add(self, one: Live) -> None:
        self.live.append(one)
        self.proven, self.failed, self.trouble = True, False, None
        self.probe, self.runtime = one.replica.probe, one.replica.runtime
        self._served.problem = ""
        self._served.metadata = one.replica.metadata
        one.watching = asyncio.create_task(self._watch(one))
        self._publish()
        if self._inline is not None:
            self._inline.begin(self._prepared.model, self._prepared.python)

    async def _watch(self, one: Live) -> None:
        await one.replica.process.wait()
        if one not in self.live:
            return
        self.restarts += 1
        self._failures = 0 if time.monotonic() - one.since > STEADY else self._failures + 1
        tail = one.replica.process.tail(TAIL_LINES)
        failure = launch.failure(one.replica.process.exit_code or 0, tail)
        if one.stalled:
            failure = launch.Failure("Stalled", "A prediction did not end; its process was killed", failure.exit_code)
        self._note_failure(failure, "\n".join(tail))
        log.warning("endpoint %s: %s; starting it again", self.name, failure.message)
        self._replace(one)

    def _suspect(self, client: Client) -> None:
        """A request lost its connection: its process will be seen to have ended, or else it may try again."""
        for one in self.live:
            if one.replica.client is client:
                one.strikes += 1
                asyncio.get_running_loop().call_later(LOST_GRACE, self._pardon, one)

    def _pardon(self, one: Live) -> None:
        if one not in self.live:
            return
        if one.strikes < TRIES:
            self._publish()
            return
        log.error("endpoint %s: a replica lost %d connections and is replaced", self.name, one.strikes)
        self._replace(one)

    def _replace(self, one: Live) -> None:
        self.live.remove(one)
        self._publish()
        self._end(one)
        self.want(self.wanted)
        self._changed()

    def _not_started(self, error: ReplicaFailed) -> None:
        """A revision that has answered before is worth any number of tries; one that never has is not."""
        self._failures += 1
        log.error("endpoint %s: revision %d failed: %s", self.name, self.revision.number, error.message)
        self._note_failure(error.failure, error.log_tail)
        if not self.proven and (not error.worth_retrying or self._failures >= TRIES):
            self.failed = True
        if self.failed or self._failures >= TRIES:
            self._served.give_up(f"Endpoint '{self.name}' has failed: {error.message}")

    def _note_failure(self, failure: launch.Failure, log_tail: str) -> None:
        code = failure.exit_code or None
        self.failure = self.trouble = Failure(failure.reason, failure.message, code, log_tail, now_ms())

    def _delay(self) -> float:
        return min(FIRST_DELAY * 2.0 ** (self._failures - 1), LONGEST_DELAY) if self._failures else 0.0

    def _publish(self) -> None:
        self._served.put(one.replica.client for one in self.live)

    def _end(self, one: Live) -> None:
        self._keep(asyncio.create_task(self._out(one)))

    def _keep(self, ending: asyncio.Task[Any]) -> None:
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _out(self, one: Live) -> None:
        try:
            if one.replica.process.exit_code is None:
                await one.replica.retire()
            else:
                one.replica.client.close()
                await one.replica.process.stop(0)  # what it started may live on
        finally:
            self._means.memory.free(one.charge)
            if one.watching is not None:
                one.watching.cancel()

    def _note(self, line: str) -> None:
        log.info("endpoint %s: %s", self.name, line)


def _inline(
    tenant: Tenant, served: Served, revision: Revision, means: Means, changed: Callable[[], None]
) -> Inline | None:
    if means.accelerator is None or revision.options.acceleration is Switch.OFF:
        return None
    return Inline(tenant, served, means.memory, means.accelerator, changed)
