"""Writes that are made to meet in one group, which chance alone would only do now and then."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any

from modelyard.storage.database import Database


async def together(database: Database, *writes: Coroutine[Any, Any, object]) -> list[object]:
    """What each write answers or raises, after all of them waited while the writer was busy."""
    busy, go_on = threading.Event(), threading.Event()

    def keep_busy(_: object) -> None:
        busy.set()
        go_on.wait()

    held = asyncio.create_task(database.write(keep_busy))
    await asyncio.to_thread(busy.wait)
    tasks = [asyncio.create_task(write) for write in writes]
    await asyncio.to_thread(_until_waiting, database, len(tasks))
    go_on.set()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


def _until_waiting(database: Database, writes: int) -> None:
    while database.waiting < writes:
        time.sleep(0.001)
