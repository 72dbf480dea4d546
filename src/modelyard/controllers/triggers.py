import asyncio
import contextlib
import logging
import time

from modelyard.domain.errors import ModelyardError
from modelyard.services.trigger_firings import TriggerFirings

log = logging.getLogger("modelyard.triggers")
LOOK_EVERY = 1.0
PRUNE_EVERY = 3600.0


class TriggerController:
    """Has triggers fire for what happens, and has the runs started that waited for others to end."""

    def __init__(self, firings: TriggerFirings) -> None:
        self._firings = firings
        self._pruned = float("-inf")

    async def run(self) -> None:
        """Goes on until cancelled."""
        while True:
            self._firings.changed.clear()
            try:
                await self._look()
            except ModelyardError as error:
                log.warning("triggers cannot be looked after at the moment: %s; trying again", error.message)
            except Exception:
                log.exception("triggers could not be looked after; trying again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._firings.changed.wait()

    async def _look(self) -> None:
        if time.monotonic() - self._pruned > PRUNE_EVERY:
            await self._firings.prune()
            self._pruned = time.monotonic()
        await self._firings.read_journal()
        started = await self._firings.start_waiting()
        if started:
            log.info("%d runs of pipelines started by triggers", started)
