"""What a step printed: its beginning and its end are kept, whatever lies between."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from modelyard.executors.logs import CappedLog

NAME = "log"
HEAD = 8 << 20
SEGMENT = 4 << 20
SEGMENTS = 2
INTERVAL = 0.1
_CHUNK = 1 << 16


class StepLog(CappedLog):
    """The first `head` bytes are in the file itself, what follows in `<name>.<offset>`; the last two of these stay.

    After its end the file has all that was kept, see `join`.
    """

    def __init__(self, path: Path, head: int = HEAD, segment: int = SEGMENT) -> None:
        self._start = 0
        self._segment = segment
        super().__init__(path, head)

    def tail(self, lines: int) -> tuple[str, ...]:
        return tail(self._path, lines)

    def _roll(self) -> None:
        self._start += os.fstat(self._file).st_size
        os.close(self._file)
        self._cap = self._segment
        self._file = self._open(self._path.with_name(f"{self._path.name}.{self._start}"))
        for _, old in _files(self._path)[1:-SEGMENTS]:
            old.unlink(missing_ok=True)


def write_line(path: Path, line: str) -> None:
    """What is told before the step itself can."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """The last lines, nothing when there is no log."""
    text = b""
    for _, file in reversed(_files(path)):
        text = _end_of(file) + text
        if len(text) >= _CHUNK or text.count(b"\n") > lines:
            break
    return tuple(text.decode("utf-8", "replace").splitlines()[-lines:])


def read(path: Path, offset: int) -> tuple[bytes, int]:
    """What was printed from `offset` on, or a part of it, and where to go on; nothing at the end.

    For what has not been kept there is a line that says so.
    """
    files = _files(path)
    ends: list[int | None] = [start for start, _ in files[1:]]
    for (start, file), following in zip(files, [*ends, None], strict=False):
        if following is not None and offset >= following:
            continue
        if offset < start:
            return f"\n[{start - offset} bytes were printed here and not kept]\n".encode(), start
        with contextlib.suppress(FileNotFoundError), file.open("rb") as opened:
            opened.seek(offset - start)
            found = opened.read(_CHUNK)
            if found or following is None:
                return found, offset + len(found)
            return f"\n[{following - offset} bytes were printed here and not kept]\n".encode(), following
    return b"", offset


def is_split(path: Path) -> bool:
    return len(_files(path)) > 1


def join(path: Path) -> None:
    """Puts all that was kept into one file, once nobody writes any more; offsets mean afterwards what they meant."""
    if _first(path).exists():
        return
    os.link(path, _first(path))
    whole, offset = path.with_name(f"{path.name}.whole"), 0
    with whole.open("wb") as file:
        while (found := read(path, offset))[0]:
            file.write(found[0])
            offset = found[1]
    whole.replace(path)


async def follow(path: Path, offset: int, running: Callable[[], bool]) -> AsyncIterator[bytes]:
    """What was and will be printed from `offset` on, until `running` says no and all has been read."""
    while True:
        last = not running()
        found, offset = read(path, offset)
        if found:
            yield found
        elif last:
            return
        else:
            await asyncio.sleep(INTERVAL)


def _files(path: Path) -> list[tuple[int, Path]]:
    """With where each begins, in order."""
    found = [(0, path)] if path.exists() and not _first(path).exists() else []
    later = path.parent.glob(f"{path.name}.*")
    return sorted([*found, *((int(each.suffix[1:]), each) for each in later if each.suffix[1:].isdecimal())])


def _first(path: Path) -> Path:
    """The beginning of a log, where there is also one that was put together."""
    return path.with_name(f"{path.name}.0")


def _end_of(file: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError), file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _CHUNK))
        return opened.read()
    return b""
