"""The bytes between server and replica: header length, body length, JSON header, body.

The body is a row of parts whose sizes stand in the header, so that raw tensors can travel beside JSON without a copy.
`shim` holds the other end and cannot import this module.
"""

import asyncio
import struct

LENGTHS = struct.Struct(">II")
HEADER_LIMIT = 1 << 20
BODY_LIMIT = 256 << 20


class FrameTooLarge(Exception):
    """A frame announces more bytes than the receiver takes."""


def pack(header: bytes, parts: tuple[bytes, ...] = ()) -> bytes:
    """One frame. Raises FrameTooLarge."""
    size = sum(map(len, parts))
    _check(len(header), size)
    return b"".join((LENGTHS.pack(len(header), size), header, *parts))


async def read(stream: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The header and body of the next frame. Raises FrameTooLarge, IncompleteReadError, OSError."""
    header_size, body_size = LENGTHS.unpack(await stream.readexactly(LENGTHS.size))
    _check(header_size, body_size)
    header = await stream.readexactly(header_size)
    body = await stream.readexactly(body_size) if body_size else b""
    return header, body


def _check(header_size: int, body_size: int) -> None:
    if header_size > HEADER_LIMIT or body_size > BODY_LIMIT:
        raise FrameTooLarge(f"a frame of {header_size} + {body_size} bytes is over the limit")
