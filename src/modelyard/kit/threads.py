"""Blocking work beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def in_thread(work: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
    """What `work` answers, from another thread.

    Does not leave before `work` is done, not even when cancelled: what `work` uses can be closed afterwards.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # taken note of: the cancellation is what the caller hears
        raise
