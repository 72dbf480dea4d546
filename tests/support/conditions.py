import asyncio
import time
from collections.abc import Callable

SECONDS = 300.0
"""Of a machine that does much else: what does not come at all is told late, what comes late is fine."""
INTERVAL = 0.01


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; nothing tells us when."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(INTERVAL)


def await_until(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """The same where nothing else runs meanwhile."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(INTERVAL)
