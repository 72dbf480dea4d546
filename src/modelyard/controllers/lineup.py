"""The revisions of one model that run, and which of them are sent requests."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from modelyard.controllers import routing
from modelyard.controllers.pools import Pool
from modelyard.controllers.replica_sets import Means
from modelyard.controllers.routing import Seen, Shares
from modelyard.domain.endpoint_status import RevisionStatus
from modelyard.domain.endpoints import Revision
from modelyard.domain.rollouts import Rollout
from modelyard.serving.directory import Directory
from modelyard.serving.routes import Route

STARTING = "Endpoint '{name}' is starting; try again shortly"
STOPPED = "Endpoint '{name}' is stopped; `modelyard start {endpoint}` serves it again"
ENDING = "The server is shutting down; send the request again"


class Lineup:
    """Keeps a model's rollout real. `changed` is called from the event loop whenever something of it is different."""

    def __init__(self, name: str, means: Means, directory: Directory, changed: Callable[[], None]) -> None:
        self.name = name
        self.rollout = Rollout(())
        self.pools: dict[int, Pool] = {}
        self.shares: Shares = {}
        self.shifted = time.monotonic()
        self.on_trial = False
        self._means = means
        self._directory = directory
        self._changed = changed
        self._published: object = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._restarts = 0
        self._stirred = self._stopped = False

    @property
    def restarts(self) -> int:
        """How many replicas were lost, those of revisions that are gone too."""
        return self._restarts + sum(pool.restarts for pool in self.pools.values())

    def want(self, rollout: Rollout, revisions: Sequence[Revision], known: Mapping[int, RevisionStatus]) -> None:
        """Makes this rollout real from now on. `known` is what was seen of revisions before."""
        self.rollout = rollout
        self.on_trial = bool(rollout.canary) and not rollout.stopped
        if not rollout.stopped:
            for revision in revisions:
                if revision.number in rollout.named and revision.number not in self.pools:
                    status = known.get(revision.number) or RevisionStatus(revision.number)
                    self.pools[revision.number] = Pool(self.name, revision, status, self._means, self._stir)
        self.look()

    def look(self) -> None:
        """Shares requests out among those that can answer, and lets go of revisions that nobody needs."""
        if not self.rollout.stopped:
            self._route()
        for number in list(self.pools):
            pool = self.pools[number]
            if self.rollout.stopped or (number not in self.rollout.named and number not in self.shares):
                self._let_go(number)
            else:
                pool.activate(active=number in self.shares or any(t.revision == number for t in self.rollout.targets))
        if self.rollout.stopped and self._published != STOPPED:
            self._published, self.shares = STOPPED, {}
            self._directory.refuse(self.name, STOPPED.format(name=self.name, endpoint=self.name.partition("/")[0]))
        self._changed()

    def _stir(self) -> None:
        """Looks soon: once, however many things have changed."""
        if not self._stirred:
            self._stirred = True
            asyncio.get_running_loop().call_soon(self._look_again)

    def _look_again(self) -> None:
        self._stirred = False
        if not self._stopped:
            self.look()

    def scale(self, now: float) -> None:
        """Looks at the load of each revision."""
        for pool in list(self.pools.values()):
            pool.scale(now)

    @property
    def settled(self) -> bool:
        """Whether requests are shared out as they are wanted to, and every part of it answers."""
        wanted = {target.revision: target.weight for target in self.rollout.live if target.weight}
        needed = {target.revision for target in self.rollout.targets}
        answering = all(number in self.pools and self.pools[number].answers for number in needed)
        return dict(self.shares) == wanted and answering

    async def stop(self, *, removed: bool) -> None:
        """Ends all of it, after the requests that are running."""
        self._stopped = True
        if removed:
            self._directory.withdraw(self.name)
        else:
            self._directory.refuse(self.name, ENDING)
        for number in list(self.pools):
            self._let_go(number)
        if self._leaving:
            await asyncio.wait(self._leaving)

    def _route(self) -> None:
        seen = {number: self._seen(number) for number in self.pools}
        found = routing.shares(self.rollout, seen, self.shares)
        if found is None:
            self._nobody()
            return
        shadows = tuple(
            (target.revision, target.weight)
            for target in self.rollout.shadows
            if seen.get(target.revision, _GONE).answers
        )
        others = tuple(number for number in self.rollout.named if number not in found and seen[number].answers)
        route = (tuple(sorted(found.items())), shadows, others)
        if route == self._published:
            return
        self._directory.publish(
            self.name,
            Route(
                self.name,
                [(self.pools[number].public, weight) for number, weight in found.items()],
                [(self.pools[number].public, weight) for number, weight in shadows],
                [self.pools[number].public for number in others],
            ),
        )
        self._published = route
        if dict(found) != dict(self.shares):
            self.shares, self.shifted = found, time.monotonic()

    def _seen(self, number: int) -> Seen:
        """The one with the most requests is waited for when its processes are lost; nobody waits for a canary."""
        pool = self.pools[number]
        main = bool(self.shares) and number == max(self.shares, key=lambda one: (self.shares[one], -one))
        return Seen(pool.answers or (main and pool.proven and not pool.failed), pool.failed, pool.proven)

    def _nobody(self) -> None:
        """Callers wait while a model is loaded, and are told when that will take long or has failed."""
        stable = self.pools.get(self.rollout.stable)
        hopeful = [pool for pool in self.pools.values() if not pool.failed]
        if stable is not None and stable.failed and not hopeful:
            reason, wait = f"Endpoint '{self.name}' has failed: {stable.message}", False
        elif stable is not None and stable.preparing and not any(pool.proven for pool in hopeful):
            reason, wait = STARTING.format(name=self.name), False
        else:
            reason, wait = STARTING.format(name=self.name), True
        if self._published == (reason, wait):
            return
        self._published, self.shares = (reason, wait), {}
        if wait:
            self._directory.hold(self.name, reason)
        else:
            self._directory.refuse(self.name, reason)

    def _let_go(self, number: int) -> None:
        pool = self.pools.pop(number)
        self._restarts += pool.restarts
        leaving = asyncio.create_task(pool.retire())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)


_GONE = Seen(answers=False)
