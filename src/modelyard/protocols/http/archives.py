"""Sending many stored files as one zip that is made while it is sent: it is nowhere as a whole."""

import re
import stat
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from modelyard.protocols.http.downloads import attachment
from modelyard.protocols.http.reply import Reply

_MODE = (stat.S_IFREG | 0o644) << 16
_FIRST, _LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""Of the times that a zip can tell."""
_DRIVE = re.compile(r"^([A-Za-z]):")
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive, by its path in it; `read` opens its bytes."""

    path: str
    modified_at: int
    size: int
    read: Callable[[], Awaitable[AsyncIterator[bytes]]]


def send(name: str, members: Sequence[Member]) -> Reply:
    """All of them below one folder, which is called `name` like the archive itself.

    Bytes are packed as they are: most of what models are made of does not shrink. When a file cannot be read, the
    answer breaks off, and no program takes what came for a whole archive.
    """
    headers = (
        ("cache-control", "private, no-cache"),
        ("content-disposition", attachment(f"{name}.zip")),
        ("content-security-policy", "sandbox; default-src 'none'"),
    )
    return Reply(200, _zipped(name, members), "application/zip", headers)


class _Sink:
    """What the archive is written to: it cannot seek, and forgets what was taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing was opened."""

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return whole


async def _zipped(name: str, members: Sequence[Member]) -> AsyncIterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for inside, member in zip(_names(members), members, strict=True):
            head = zipfile.ZipInfo(f"{name}/{inside}", _moment(member.modified_at))
            head.external_attr = _MODE
            with archive.open(head, "w", force_zip64=member.size >= zipfile.ZIP64_LIMIT) as target:
                async for piece in await member.read():
                    target.write(piece)
                    if sink.size >= _PIECE:
                        yield sink.taken()
    yield sink.taken()


def _names(members: Sequence[Member]) -> Iterator[str]:
    """Paths as they are, but for what would be a folder or a drive where other machines unpack them."""
    seen: set[str] = set()
    for member in members:
        name = _DRIVE.sub(r"\1_", member.path.replace("\\", "_"))
        while name in seen:
            name += "_"
        seen.add(name)
        yield name


def _moment(modified_at: int) -> tuple[int, int, int, int, int, int]:
    moment = datetime.fromtimestamp(modified_at / 1000, UTC)
    told = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return min(max(told, _FIRST), _LAST)
