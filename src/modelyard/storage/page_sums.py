"""A checksum of every page of a SQLite database, in a file beside it: SQLite itself keeps none.

What a page should be is known while it is in SQLite's log, which has checksums of its own, and from here once it has
been moved to the database. The file is a header and then four bytes a page, zero where nothing is known.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIX = "-checksums"
_HEAD = struct.Struct("<16s4sIQQ")
HEADER = _HEAD.size + 4
SUM = 4
BLOCK = 4096
PIECE = 1 << 20

_MAGIC = b"page checksums 1"
_OPEN, _SHUT = b"open", b"shut"


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself: `is_open` while there may be more in the database and its log than it knows of."""

    is_open: bool
    page_size: int
    mark: tuple[int, int]

    def is_of(self, database: Path) -> bool:
        """Whether nobody has written to the database since it was shut."""
        return self.is_open or self.mark == _mark(database)


def head(data: bytes) -> Head | None:
    """Of the first bytes of the file; None for what is no such file, or not whole."""
    if len(data) < HEADER or _sealed(data[: _HEAD.size]) != data[:HEADER]:
        return None
    magic, state, size, changed_at, length = _HEAD.unpack_from(data)
    return Head(state == _OPEN, size, (changed_at, length)) if magic == _MAGIC and size else None


def beside(database: Path) -> Path:
    return database.with_name(database.name + SUFFIX)


def of_page(content: bytes | memoryview) -> int:
    """Never zero, which says that nothing is known."""
    return zlib.crc32(content) or 1


def page_size(database_header: bytes) -> int:
    """Zero for a file that is empty."""
    if len(database_header) < 18:
        return 0
    (size,) = struct.unpack_from(">H", database_header, 16)
    return 65536 if size == 1 else int(size)


def unpacked(data: bytes) -> array[int]:
    """By page, the first one first."""
    return array("I", struct.unpack(f"<{len(data) // SUM}I", data))


def pages(file: int, size: int) -> Iterator[tuple[int, memoryview]]:
    """Number and content of each page of an open file."""
    at = 0
    while piece := memoryview(os.pread(file, PIECE, at)):
        for start in range(0, len(piece) - size + 1, size):
            yield (at + start) // size + 1, piece[start : start + size]
        at += len(piece) - len(piece) % size
        if len(piece) < size:
            return


def make(database: Path) -> None:
    """For a database that nobody has open. Raises OSError."""
    sums = PageSums(database)
    try:
        file = os.open(database, os.O_RDONLY | os.O_CLOEXEC)
        try:
            sums.make_anew(file)
        finally:
            os.close(file)
        sums.shut()
    finally:
        sums.close()


class PageSums:
    """The file, to be written to; shared by all that write to the database. Raises OSError."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = beside(database)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._alone = self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def settle(self) -> None:
        """From now on others may write too."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    @property
    def alone(self) -> bool:
        """Whether nobody else has it."""
        return self._alone

    @property
    def head(self) -> Head | None:
        return head(os.pread(self._file, HEADER, 0))

    def open(self) -> None:
        """Durably, before anything is written to the database."""
        self._say(_OPEN)

    def shut(self) -> None:
        """Everything is known, unless others have it open."""
        if self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
            self._say(_SHUT)

    def put(self, sums: Mapping[int, int]) -> None:
        """Durably, by page."""
        by_block: dict[int, list[int]] = {}
        for number in sums:
            by_block.setdefault((number - 1) * SUM // BLOCK, []).append(number)
        for block, numbers in by_block.items():
            known = bytearray(os.pread(self._file, BLOCK, HEADER + block * BLOCK))
            for number in numbers:
                at = (number - 1) * SUM % BLOCK
                known += bytes(max(0, at + SUM - len(known)))
                struct.pack_into("<I", known, at, sums[number])
            os.pwrite(self._file, known, HEADER + block * BLOCK)
        os.fdatasync(self._file)

    def make_anew(self, database: int) -> None:
        """From the pages of an open database file, as it is now."""
        os.ftruncate(self._file, 0)
        size = page_size(os.pread(database, 100, 0))
        sums = array("I", (of_page(page) for _, page in pages(database, size)) if size else ())
        os.pwrite(self._file, struct.pack(f"<{len(sums)}I", *sums), HEADER)
        self._say(_OPEN, size)

    def remove(self) -> None:
        """So that nobody takes for damage what only is not known here."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        os.close(self._file)

    def _say(self, state: bytes, size: int | None = None) -> None:
        if size is None:
            size = found.page_size if (found := self.head) is not None else 0
        os.pwrite(self._file, _sealed(_HEAD.pack(_MAGIC, state, size, *_mark(self._database))), 0)
        os.fdatasync(self._file)

    def _lock(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind)
        except BlockingIOError:
            return False
        return True


def _sealed(data: bytes) -> bytes:
    return data + struct.pack("<I", zlib.crc32(data))


def _mark(database: Path) -> tuple[int, int]:
    """By which a file that another program has written to, or put in its place, is told from ours."""
    state = database.stat()
    return state.st_mtime_ns, state.st_size
