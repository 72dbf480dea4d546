"""Looking for pages of a SQLite database that are not what was written to them; a server may run on it.

Not for a process that has the database open: closing a file drops the locks that SQLite has on it.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.backups import Progress
from modelyard.storage import page_sums, wal

TRIES = 5
PAUSE = 0.1
_SHOWN = 10
_FOREIGN = "; if another program has changed the file, a start of the server makes the checksums anew"


@dataclass(frozen=True, slots=True)
class Compared:
    """How many pages were compared, and what is wrong with them, in words."""

    pages: int
    problems: list[str]


def compare(database: Path, progress: Progress) -> Compared:
    """Compares each page with its checksum, and the log with its own.

    Of a database that no server of this version has run on, there is nothing to compare with.
    """
    progress("Comparing the pages of the database", 0.0)
    problems = [f"{_log_of(database)}: {found}" for found in (_log_damage(database),) if found]
    path = page_sums.beside(database)
    if not path.exists():
        return Compared(0, problems)
    known = _Known.of(database)
    if known is None:
        return Compared(0, [*problems, f"{path} is damaged; remove it, and a start of the server makes it anew"])
    if known.head.is_open and not known.in_log and _log_is_empty(database):
        return Compared(0, problems)  # the log was emptied by another program: nobody knows what came of it
    compared, differing = _differing(database, known, None, progress)
    for tries in range(TRIES):
        if tries:  # what is being written looks damaged for a moment
            time.sleep(PAUSE)
            known = _Known.of(database) or known
            _, differing = _differing(database, known, differing, progress)
        after = _Known.of(database) or known
        differing = {number: found for number, found in differing.items() if not after.allows(number, found)}
        if not differing or not (known.head.is_open or after.head.is_open):
            break
    if differing:
        problems.append(_sentence(database, sorted(differing), path))
    return Compared(compared, problems)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the pages may be: by the file of checksums, and by the log."""

    head: page_sums.Head
    sums: array[int]
    in_log: Mapping[int, Collection[int]]

    @classmethod
    def of(cls, database: Path) -> _Known | None:
        in_log = _in_log(database)
        data = page_sums.beside(database).read_bytes()
        found = page_sums.head(data[: page_sums.HEADER])
        if found is None or (len(data) - page_sums.HEADER) % page_sums.SUM:
            return None
        return cls(found, page_sums.unpacked(data[page_sums.HEADER :]), in_log)

    def has(self, number: int) -> bool:
        return number <= len(self.sums) and self.sums[number - 1] != 0

    def allows(self, number: int, found: int) -> bool:
        return found == self.sums[number - 1] or found in self.in_log.get(number, ())


def _differing(
    database: Path, known: _Known, only: Collection[int] | None, progress: Progress
) -> tuple[int, dict[int, int]]:
    """How many pages have been compared, and the checksums of those that are not what they should be."""
    size, differing, looked = known.head.page_size, {}, 0
    file = os.open(database, os.O_RDONLY | os.O_CLOEXEC)
    try:
        total = os.fstat(file).st_size // size
        for number, content in page_sums.pages(file, size) if only is None else _some(file, size, only):
            if known.has(number):
                looked += 1
                found = page_sums.of_page(content)
                if not known.allows(number, found):
                    differing[number] = found
            if number % 10_000 == 0:
                progress("Comparing the pages of the database", number / max(1, total))
    finally:
        os.close(file)
    return looked, differing


def _some(file: int, size: int, numbers: Iterable[int]) -> Iterable[tuple[int, memoryview]]:
    return ((number, memoryview(os.pread(file, size, (number - 1) * size))) for number in numbers)


def _in_log(database: Path) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    data = _log(database)
    head = wal.head(data)
    if head is not None:
        frames = data[wal.HEADER :]
        for frame, page in enumerate(wal.pages(head, frames)):
            found.setdefault(page, set()).add(page_sums.of_page(wal.content(head, frames, frame)))
    return found


def _log_damage(database: Path) -> str | None:
    for _ in range(TRIES):
        found = wal.damage(_log(database))
        if found is None:
            break
        time.sleep(PAUSE)
    return found


def _log(database: Path) -> bytes:
    try:
        return _log_of(database).read_bytes()
    except FileNotFoundError:
        return b""


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def _log_is_empty(database: Path) -> bool:
    return len(_log(database)) <= wal.HEADER


def _sentence(database: Path, numbers: Sequence[int], sums: Path) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    if len(numbers) > _SHOWN:
        shown += f" and {len(numbers) - _SHOWN} more"
    head = page_sums.head(sums.read_bytes()[: page_sums.HEADER])
    foreign = "" if head is not None and head.is_of(database) else _FOREIGN
    return f"{database} is damaged: pages {shown} are not what was written{foreign}"
