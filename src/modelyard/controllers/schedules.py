import asyncio
import contextlib
import logging

from modelyard.kit.clock import now_ms
from modelyard.services.schedules import Schedules

log = logging.getLogger("modelyard.schedules")
LOOK_EVERY = 1.0
SHORTEST = 0.01


class ScheduleController:
    """Has the runs of schedules started when they are due."""

    def __init__(self, schedules: Schedules) -> None:
        self._schedules = schedules

    async def run(self) -> None:
        """Goes on until cancelled."""
        while True:
            self._schedules.changed.clear()
            wait = LOOK_EVERY
            try:
                wait = await self._look()
            except Exception:
                log.exception("schedules could not be looked at; trying again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._schedules.changed.wait()

    async def _look(self) -> float:
        """Seconds until the next look: the clock may be set meanwhile, and others write to the same database."""
        next_at, now = await self._schedules.next_at(), now_ms()
        if next_at is None:
            return LOOK_EVERY
        if next_at > now:
            return min(LOOK_EVERY, max(SHORTEST, (next_at - now) / 1000))
        started = await self._schedules.fire(now)
        if started:
            log.info("%d runs of pipelines started by schedule", started)
        return SHORTEST if started else LOOK_EVERY
