"""The bytes between server and replica; the server imports this module too, so both ends agree.

A frame is a prefix, a JSON header and a body. The body is a row of parts whose sizes stand in the header, so that raw
tensors travel beside JSON without a copy. Many requests are under way on one connection; each has a number, and its
answer has the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

PREFIX = struct.Struct("<IIIBd")  # sizes of header and body, number, code, deadline
HEADER_LIMIT = 1 << 20
BODY_LIMIT = 256 << 20

# What is asked; a CANCEL has the number of what need not be predicted any more. NEXT and STOP are about an answer that
# comes in pieces, whose name is their header: its next piece, and that nobody wants more of it.
PREDICT, PROBE, DESCRIBE, CANCEL, NEXT, STOP = range(6)
# How it went; in all but the first and the last, which says that there are no more pieces, the body is a sentence.
DONE, INVALID, FAILED, UNSUPPORTED, TOO_LARGE, ENDED = range(6)


class Frame(NamedTuple):
    """`deadline` is on the clock `time.monotonic`, which all processes of a machine share; 0 is none."""

    number: int
    code: int
    deadline: float
    header: bytes
    body: bytes


class FrameTooLarge(Exception):
    """A frame announces more bytes than the receiver takes."""


def pack(code: int, number: int, header: bytes = b"", body: bytes = b"", deadline: float = 0.0) -> bytes:
    """One frame. Raises FrameTooLarge."""
    _check(len(header), len(body))
    return PREFIX.pack(len(header), len(body), number, code, deadline) + header + body


class Reader:
    """Cuts what arrives into frames. Pieces of a large one are kept as they are until all of it is there."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._wanted = PREFIX.size

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now. Raises FrameTooLarge."""
        self._held += len(data)
        if self._held < self._wanted:
            self._pieces.append(data)
            return
        if self._pieces:
            data = b"".join([*self._pieces, data])
        start = 0
        while True:
            self._wanted = PREFIX.size
            if len(data) - start < PREFIX.size:
                break
            header_size, body_size, number, code, deadline = PREFIX.unpack_from(data, start)
            _check(header_size, body_size)
            self._wanted += header_size + body_size
            if len(data) - start < self._wanted:
                break
            body_start = start + PREFIX.size + header_size
            start += self._wanted
            yield Frame(number, code, deadline, data[body_start - header_size : body_start], data[body_start:start])
        rest = data[start:]
        self._pieces, self._held = [rest] if rest else [], len(rest)


def _check(header_size: int, body_size: int) -> None:
    if header_size > HEADER_LIMIT or body_size > BODY_LIMIT:
        raise FrameTooLarge(f"a frame of {header_size} + {body_size} bytes is over the limit")
