"""Whether a step puts more into a volume than it may hold, looked at while it runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from modelyard.controllers.pipelines import volumes
from modelyard.controllers.pipelines.volumes import Bound

LOOK_EVERY = 10.0
SHARE = 0.05
"""Of the time may go into looking, where there are very many files."""


class Fill:
    """Of the steps of one run; `end` ends a try by its key."""

    def __init__(self, end: Callable[[str], Awaitable[None]]) -> None:
        self._end = end
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._found: dict[str, str] = {}

    def watch(self, key: str, bounds: Sequence[Bound]) -> None:
        """From now on, if there are any."""
        if bounds:
            self._watches[key] = asyncio.create_task(self._watch(key, bounds), name=f"volumes of {key}")

    def ended(self, key: str) -> str:
        """What was wrong while it ran; no more is looked at."""
        if (watch := self._watches.pop(key, None)) is not None:
            watch.cancel()
        return self._found.pop(key, "")

    def stop(self) -> None:
        for key in list(self._watches):
            self.ended(key)

    async def _watch(self, key: str, bounds: Sequence[Bound]) -> None:
        pause = LOOK_EVERY
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            if problem := await asyncio.to_thread(volumes.overfull, bounds):
                self._found[key] = problem
                await self._end(key)
                return
            pause = max(LOOK_EVERY, (time.monotonic() - began) / SHARE)
