import asyncio
import contextlib
import logging
import os
import time
from dataclasses import dataclass

from modelyard.controllers.acceleration import Accelerator
from modelyard.controllers.graphs import GraphController
from modelyard.controllers.memory import Memory
from modelyard.controllers.pools import Pool
from modelyard.controllers.reconciler import Reconciler
from modelyard.controllers.replica_sets import Launching, Means
from modelyard.controllers.transformers import Transformers
from modelyard.controllers.trials import Trials
from modelyard.domain.errors import ModelyardError
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.rollouts import Rollouts
from modelyard.serving.directory import Directory

log = logging.getLogger("modelyard.endpoints")
LOOK_EVERY = 2.0
PART_OF_THE_TIME = 4
"""So many times as long as a look took is waited for the next one: many models at once cost few looks."""
TICK = 0.25
MEASURED_AT_ONCE = 3
"""Revisions whose memory is looked at in a tick."""


@dataclass(frozen=True, slots=True)
class EndpointServices:
    """The use cases that the controller works with."""

    endpoints: Endpoints
    rollouts: Rollouts
    reports: EndpointReports
    changes: EndpointChanges


class EndpointController:
    """Makes the endpoints that run the ones that are wanted: at start, on every change, and by a look now and then.

    `memory` is how many bytes replicas may use, 0 for any number. Without an `accelerator`, replicas answer everything;
    without `transformers`, they are asked past the ones they have.
    `graphs` are looked after with them, since they have names in the same directory.
    """

    def __init__(
        self,
        services: EndpointServices,
        launcher: Launching,
        directory: Directory,
        memory: int = 0,
        accelerator: Accelerator | None = None,
        graphs: GraphController | None = None,
        transformers: Transformers | None = None,
    ) -> None:
        self.reconcilers: dict[str, Reconciler] = {}
        self._services = services
        self._directory = directory
        at_once = asyncio.Semaphore(os.cpu_count() or 1)
        self._means = Means(launcher, Memory(memory), at_once, accelerator, transformers)
        self._graphs = graphs
        self._trials = Trials(services.rollouts)
        self._fingerprint: tuple[object, ...] = ()
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._to_measure: list[Pool] = []
        self._measured = self._follow_at = 0.0

    def start(self) -> asyncio.Task[None]:
        """The controller at work, until it is cancelled; requests wait for it to know its endpoints."""
        self._directory.open()
        return asyncio.create_task(self._run(), name="endpoint controller")

    async def _run(self) -> None:
        ticking = asyncio.create_task(self._tick(), name="endpoints' load")
        warming: asyncio.Task[None] | None = None
        try:
            while True:
                self._services.changes.changed.clear()
                begun = time.thread_time()
                try:
                    await self.reconcile()
                    warming = warming or asyncio.create_task(self._warm(), name="warm-up")
                except ModelyardError as error:
                    log.warning("the endpoints cannot be looked after: %s; trying again", error.message)
                except Exception:
                    log.exception("looking after the endpoints failed; trying again")
                await asyncio.sleep(min(PART_OF_THE_TIME * (time.thread_time() - begun), LOOK_EVERY))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._services.changes.changed.wait()
        finally:
            ticking.cancel()
            if warming is not None:
                warming.cancel()

    async def reconcile(self) -> None:
        """One look: passes on what is wanted, and deploys what followed aliases name now."""
        fingerprint = await self._services.reports.fingerprint()
        if fingerprint != self._fingerprint or not self._directory.complete:
            await self._pass_on()
            self._fingerprint = fingerprint
        if self._graphs is not None:
            await self._graphs.look()
        self._directory.opened()
        if self._services.changes.alias_moved or time.monotonic() >= self._follow_at:
            await self._follow()

    async def stop(self) -> None:
        """Ends all replicas after their running requests; what is wanted stays, for the next start."""
        reconcilers, self.reconcilers = self.reconcilers, {}
        stopping = [reconciler.stop(removed=False) for reconciler in reconcilers.values()]
        await asyncio.gather(*stopping, *self._ending.values())

    async def _follow(self) -> None:
        """Aliases that another server moves are seen by the clock only."""
        self._services.changes.alias_moved = False
        self._follow_at = time.monotonic() + LOOK_EVERY
        await self._services.reports.follow([one.endpoint for one in self.reconcilers.values()])

    async def _pass_on(self) -> None:
        """Of many endpoints only those that have changed are looked at."""
        known = {name: reconciler.endpoint.generation for name, reconciler in self.reconcilers.items()}
        for detail in await self._services.reports.changed(known):
            name = detail.endpoint.name
            if name in self._ending:
                continue  # its running requests may take long, and nobody else shall wait for them
            reconciler = self.reconcilers.get(name)
            if detail.endpoint.removed:
                self._ending[name] = asyncio.create_task(self._end(name))
            elif reconciler is None:
                reports = self._services.reports
                self.reconcilers[name] = Reconciler(detail, self._means, self._directory, reports)
            else:
                reconciler.want(detail)

    async def _end(self, name: str) -> None:
        """Whatever happens to be wanted under the name afterwards starts from nothing."""
        reconciler = self.reconcilers.pop(name, None)
        try:
            if reconciler is not None:
                await reconciler.stop(removed=True)
            await self._services.reports.forget(name)
        except ModelyardError as error:
            log.warning("endpoint %s could not be removed yet: %s", name, error.message)
        else:
            self._fingerprint = ()
            self._services.changes.changed.set()
        finally:
            del self._ending[name]

    async def _warm(self) -> None:
        """Of those that sleep, the one that was used last shall not wait for its libraries when it is asked again."""
        while any(pool.coming for pool in self._pools()):  # noqa: ASYNC110 - they are more urgent, and many
            await asyncio.sleep(TICK)
        asleep = [pool for pool in self._pools() if pool.slept_since]
        try:
            if asleep:
                await max(asleep, key=lambda pool: pool.slept_since).warm()
        except Exception:
            log.exception("making a model quick to wake failed")

    def _pools(self) -> list[Pool]:
        lineups = [lineup for one in self.reconcilers.values() for lineup in one.lineups.values()]
        return [pool for lineup in lineups for pool in lineup.pools.values()]

    async def _tick(self) -> None:
        """Looks at load, memory and canaries."""
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            try:
                for reconciler in self.reconcilers.values():
                    reconciler.scale(now)
                await self._measure()
                await self._trials.look(list(self.reconcilers.values()))
            except Exception:
                log.exception("looking at the load of endpoints failed; trying again")

    async def _measure(self) -> None:
        """A few at a time, each in its turn, and then all again after a while."""
        if not self._to_measure:
            if time.monotonic() < self._measured + LOOK_EVERY:
                return
            self._measured = time.monotonic()
            self._to_measure = [pool for pool in self._pools() if pool.may_have_grown]
            if not self._to_measure:
                return
            self._means.memory.shared = await asyncio.to_thread(self._means.launcher.shared_memory)
        for pool in self._to_measure[:MEASURED_AT_ONCE]:
            await pool.measure()
        del self._to_measure[:MEASURED_AT_ONCE]
        self._means.memory.shrink()
