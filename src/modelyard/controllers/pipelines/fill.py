"""Whether a step puts more into a volume, or into its own directory, than it may, looked at while it runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from modelyard.controllers.pipelines import bounds
from modelyard.controllers.pipelines.bounds import Bound

LOOK_EVERY = 10.0
SHARE = 0.05
"""Of the time may go into looking, where there are very many files."""


class Fill:
    """Of the steps of one run; `end` ends a try by its key."""

    def __init__(self, end: Callable[[str], Awaitable[None]]) -> None:
        self._end = end
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._found: dict[str, str] = {}

    def watch(self, key: str, given: Sequence[Bound]) -> None:
        """From now on. Most steps end before anybody looks, so until then there is but a timer."""
        self._later(key, given, LOOK_EVERY)

    def ended(self, key: str) -> str:
        """What was wrong while it ran; no more is looked at."""
        for waiting in (self._timers.pop(key, None), self._looks.pop(key, None)):
            if waiting is not None:
                waiting.cancel()
        return self._found.pop(key, "")

    def stop(self) -> None:
        for key in [*self._timers, *self._looks]:
            self.ended(key)

    def _later(self, key: str, given: Sequence[Bound], pause: float) -> None:
        self._timers[key] = asyncio.get_running_loop().call_later(pause, self._begin, key, given)

    def _begin(self, key: str, given: Sequence[Bound]) -> None:
        del self._timers[key]
        self._looks[key] = asyncio.create_task(self._look(key, given), name=f"files of {key}")

    async def _look(self, key: str, given: Sequence[Bound]) -> None:
        began = time.monotonic()
        if problem := await asyncio.to_thread(bounds.overfull, given):
            self._found[key] = problem
            await self._end(key)
        else:
            del self._looks[key]
            self._later(key, given, max(LOOK_EVERY, (time.monotonic() - began) / SHARE))
