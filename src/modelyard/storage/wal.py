"""Reading SQLite's write-ahead log: which pages wait there, and whether a byte of it has changed.

The format is SQLite's own: https://www.sqlite.org/fileformat2.html#the_write_ahead_log. A log is written from its
start over and over, each time under new salts; what follows the last frame with the header's salts is of an earlier
time.
"""

import struct
import sys
from array import array
from dataclasses import dataclass

HEADER, FRAME = 32, 24
_MAGIC = 0x377F0682
_number = struct.Struct(">I").unpack_from
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Head:
    """What a log says of itself at its start."""

    page_size: int
    salts: bytes

    @property
    def stride(self) -> int:
        return FRAME + self.page_size

    def offset(self, frame: int) -> int:
        """Where the frame begins, counted from zero."""
        return HEADER + frame * self.stride


def head(data: bytes) -> Head | None:
    """Of the first bytes of a log; None when it is empty."""
    if len(data) < HEADER:
        return None
    return Head(_number(data, 8)[0], data[16:24])


def pages(of: Head, data: bytes) -> list[int]:
    """The page that each frame of `data` is of, up to the first one under other salts; it begins where a frame does."""
    words = memoryview(data)[: len(data) // of.stride * of.stride].cast("I")
    step = of.stride // words.itemsize
    first, second = array("I", of.salts)
    salts = zip(words[2::step].tolist(), words[3::step].tolist(), strict=True)
    count = next((number for number, salt in enumerate(salts) if salt != (first, second)), len(words) // step)
    numbers = array("I", words[: count * step : step].tolist())
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tolist()


def content(of: Head, data: bytes, frame: int) -> memoryview:
    """The page as a frame of `data` has it, counted from zero."""
    at = frame * of.stride
    return memoryview(data)[at + FRAME : at + of.stride]


def damage(data: bytes) -> str | None:
    """What is wrong with a whole log, where that can be told from a commit that a power cut interrupted.

    A frame that is not what its checksum says ends the log for SQLite. With two commits behind it, it was on the disk
    once: each commit is synced before the next begins.
    """
    found = head(data)
    if found is None:
        return None
    big = bool(data[3] & 1)
    before = _chained(data[: HEADER - 8], (0, 0), big=big)
    if _number(data)[0] & ~1 != _MAGIC or before != struct.unpack_from(">II", data, HEADER - 8):
        return "its header is damaged" if len(data) > HEADER else None
    broken, commits = 0, 0
    for number, at in enumerate(range(HEADER, len(data) - found.stride + 1, found.stride), 1):
        summed = data[at : at + 8] + data[at + FRAME : at + found.stride]
        said = struct.unpack_from(">II", data, at + 16)
        if data[at + 8 : at + 16] == found.salts and _chained(summed, before, big=big) == said:
            commits += broken > 0 and data[at + 4 : at + 8] != bytes(4)
        else:
            broken = broken or number
        before = said
    return f"what was written after frame {broken - 1} is lost: the next one is damaged" if commits > 1 else None


def _chained(data: bytes, before: tuple[int, ...], *, big: bool) -> tuple[int, int]:
    words = array("I", data)
    if big != (sys.byteorder == "big"):
        words.byteswap()
    first, second = before
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = first + even + second & _WORD
        second = second + odd + first & _WORD
    return first, second
