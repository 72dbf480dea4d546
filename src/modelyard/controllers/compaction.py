import asyncio
import logging

from modelyard.services.compaction import SERIES_AT_ONCE, Compaction

log = logging.getLogger("modelyard.compaction")
CHUNKS_WORTH_MERGING = 64
LOOK_EVERY = 10.0


class CompactionController:
    """Merges what was logged lately, now and then, a little at a time."""

    def __init__(self, compaction: Compaction) -> None:
        self._compaction = compaction

    async def run(self) -> None:
        """Goes on until cancelled."""
        while True:
            merged = 0
            try:
                merged = await self._compaction.run(CHUNKS_WORTH_MERGING)
            except Exception:
                log.exception("merging chunks of series failed; trying again later")
            if merged:
                log.debug("merged the chunks of %d series", merged)
            if merged < SERIES_AT_ONCE:
                await asyncio.sleep(LOOK_EVERY)
