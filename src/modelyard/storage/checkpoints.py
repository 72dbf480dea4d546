import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from modelyard.storage import wal
from modelyard.storage.page_sums import Head, PageSums, of_page
from modelyard.storage.writing import driver_of

log = logging.getLogger("modelyard.storage")
EVERY = 1000
"""Frames of the log between two checkpoints: what SQLite takes by itself."""

TRY_AGAIN_AFTER = 250
"""Frames, where a reader kept a checkpoint from moving everything."""

FRAMES_AT_ONCE = 1000
LOOK_EVERY = 8
"""Groups of changes between two looks at how long the log is."""


class Checkpoints:
    """Moves what is in SQLite's log to the database file, in SQLite's place, so that the checksums of pages are kept.

    Everything but `start` belongs to the thread that writes. The order is what makes the checksums true after a crash:
    the log is not begun anew before the checksums of what was moved from it are on the disk.
    """

    def __init__(self, database: Path, reader: Engine, writer: Engine) -> None:
        self._database = database
        self._log = database.with_name(f"{database.name}-wal")
        self._reader = reader
        self._writer = writer
        self._sums: PageSums | None = None
        self._noted = False
        self._salts = b""
        self._moved = 0  # frames under these salts that the checksums know of
        self._due = EVERY
        self._file = -1
        self._groups = 0
        self._reading: Connection | None = None
        # Closing one would drop the locks that SQLite has on the same file.
        self._never_closed_before_the_end: list[int] = []

    def start(self) -> None:
        """Makes the checksums where they are missing, or where another program has written to the database."""
        with self._or_without():
            if not self._has_a_log():
                return
            self._sums = sums = PageSums(self._database)
            if sums.alone and not self._are_true(sums.head):
                file = os.open(self._database, os.O_RDONLY | os.O_CLOEXEC)
                self._never_closed_before_the_end.append(file)
                sums.make_anew(file)
                if self._log_is_empty():
                    sums.shut()
            sums.settle()
            self._noted = sums.head is not None and sums.head.is_open

    def before_a_change(self) -> None:
        if not self._noted:
            self._noted = True
            with self._or_without():
                if self._sums is not None:
                    self._sums.open()

    def after_a_change(self, writing: Connection) -> None:
        self._groups += 1
        if self._groups % LOOK_EVERY == 0:
            with self._or_without():
                if self._is_due():
                    self._move(writing)

    def close(self) -> None:
        """Moves all that is left."""
        if self._noted:
            with self._or_without(), self._writer.connect() as writing:
                if self._move(writing) and self._sums is not None:
                    self._sums.shut()
        self._noted = False
        if self._reading is not None:
            self._reading.close()
            self._reading = None
        if self._sums is not None:
            self._sums.close()
            self._sums = None
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def release(self) -> None:
        """Once no connection to the database is left."""
        for file in self._never_closed_before_the_end:
            os.close(file)
        self._never_closed_before_the_end.clear()

    def _has_a_log(self) -> bool:
        """Some file systems allow none. From here on the file is changed by way of the log only."""
        with self._writer.connect() as opened:
            return bool(driver_of(opened).execute("PRAGMA journal_mode").fetchone() == ("wal",))

    def _are_true(self, head: Head | None) -> bool:
        return head is not None and head.is_of(self._database) and not (head.is_open and self._log_is_empty())

    def _is_due(self) -> bool:
        if self._file < 0:
            self._file = self._opened()
        if self._file < 0 or (head := wal.head(os.pread(self._file, wal.HEADER, 0))) is None:
            return False
        due = self._due if head.salts == self._salts else EVERY
        return os.pread(self._file, 16, head.offset(due - 1))[8:] == head.salts

    def _move(self, writing: Connection) -> bool:
        """Whether nothing is left in the log."""
        if self._reading is None:
            self._reading = self._reader.connect()
        try:
            with self._reading.begin():
                # Whoever reads what is not moved yet keeps the log from being begun anew.
                self._reading.exec_driver_sql("SELECT 1 FROM sqlite_schema LIMIT 1")
                busy, frames, moved = driver_of(writing).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if busy:  # somebody else is at it, who keeps the checksums too
                    return False
                self._note(frames, whole=moved == frames)
                return bool(moved == frames)
        except (DBAPIError, sqlite3.Error) as error:
            log.warning("The log of the database could not be moved to its file; trying again later: %s", error)
            return False

    def _note(self, frames: int, *, whole: bool) -> None:
        """Keeps the checksums of what was moved; of a part there is no need, since it is all still in the log."""
        if self._file >= 0:
            os.close(self._file)
        self._file = self._opened()
        head = None if self._file < 0 else wal.head(os.pread(self._file, wal.HEADER, 0))
        if head is None:
            return
        start = self._moved if head.salts == self._salts else 0
        if whole and self._sums is not None:
            self._sums.put(self._latest(head, start, frames))
        self._salts, self._moved = head.salts, frames if whole else start
        self._due = frames + (EVERY if whole else TRY_AGAIN_AFTER)

    def _latest(self, head: wal.Head, start: int, end: int) -> dict[int, int]:
        """Checksums of the pages between two frames of the log."""
        found: dict[int, int] = {}
        for first in range(start, end, FRAMES_AT_ONCE):
            count = min(FRAMES_AT_ONCE, end - first)
            data = os.pread(self._file, count * head.stride, head.offset(first))
            pages = wal.pages(head, data)
            if len(pages) != count:
                raise ValueError("the log was begun anew before its checksums were taken")
            last = {page: frame for frame, page in enumerate(pages)}
            found.update((page, of_page(wal.content(head, data, frame))) for page, frame in last.items())
        return found

    def _log_is_empty(self) -> bool:
        return not self._log.exists() or self._log.stat().st_size <= wal.HEADER

    def _opened(self) -> int:
        """The log; below zero when there is none."""
        try:
            return os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return -1

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        """The database does not depend on checksums; those that may be wrong must not stay."""
        try:
            yield
        except (OSError, ValueError) as error:
            log.warning("No checksums of the database's pages are kept until the next start: %s", error)
            if self._sums is not None:
                self._sums.remove()
                self._sums.close()
                self._sums = None
