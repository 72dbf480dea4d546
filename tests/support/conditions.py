import asyncio
from collections.abc import Callable

SECONDS = 30.0
INTERVAL = 0.01


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; nothing tells us when."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(INTERVAL)
