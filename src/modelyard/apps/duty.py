"""Of several servers on one database, one looks after the world; the others serve the API and stand by."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from modelyard.domain.errors import ModelyardError
from modelyard.kit.threads import in_thread
from modelyard.storage.lease import Lease

log = logging.getLogger("modelyard.server")
LOOK_EVERY = 5.0


class Duty:
    """Calls `begin` when this server is the one that holds the lease; `end` when it is no longer, and at the latest in
    the end, begun or not.
    """

    def __init__(self, lease: Lease, begin: Callable[[], None], end: Callable[[], Awaitable[None]]) -> None:
        self._lease = lease
        self._begin = begin
        self._end = end
        self._over = False
        self._watching: asyncio.Task[None] | None = None
        self.held = False

    async def start(self) -> None:
        """Raises Unavailable when the database cannot be asked."""
        self._take(await in_thread(self._lease.hold))
        if not self.held:
            log.warning("Another server on this database looks after endpoints, jobs and webhooks; this one stands by")
        if self._lease.shared:
            self._watching = asyncio.create_task(self._watch(), name="duty")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        self.held = False
        if not self._over:
            await self._end()
        await in_thread(self._lease.release)

    def _take(self, held: bool) -> None:  # noqa: FBT001 - what the lease said
        if held and not self.held:
            self._begin()
            self.held = True

    async def _watch(self) -> None:
        while not self._over:
            await asyncio.sleep(LOOK_EVERY)
            try:
                held = await in_thread(self._lease.hold)
            except ModelyardError as error:
                log.warning("whether this server is still the one in charge cannot be asked: %s", error.message)
                continue  # models go on answering while the database does not
            if self.held and not held:
                await self._give_up()
            elif held and not self.held:
                log.warning("The server that looked after endpoints, jobs and webhooks is gone; this one does it now")
                self._take(held)

    async def _give_up(self) -> None:
        """For good: what it kept running has been ended."""
        log.error("Another server took charge while this one could not reach the database; start this one again")
        self.held = False
        self._over = True
        await self._end()
