"""Bodies as they come over a network."""

import random
from collections.abc import AsyncIterator


def noise(seed: int, size: int) -> bytes:
    """Bytes that nothing shortens or repeats, the same ones for a seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


async def pieces(content: bytes, size: int = 64_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def repeated(piece: bytes, times: int) -> AsyncIterator[bytes]:
    for _ in range(times):
        yield piece


class Cut(Exception):
    """The other side went away."""


async def cut_off(content: bytes, at: int, size: int = 64_000) -> AsyncIterator[bytes]:
    """`content` up to `at`, and then nobody is there any more."""
    async for piece in pieces(content[:at], size):
        yield piece
    raise Cut


async def whole(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])
