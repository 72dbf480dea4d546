"""Bytes on their way to a blob: regrouped, hashed, and on a local disk kept whole or not at all."""

import errno
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import StorageFull, Unavailable

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Fingerprint:
    """The blob that the bytes seen so far make."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._size += len(piece)

    def blob(self) -> Blob:
        return Blob(f"sha256:{self._hash.hexdigest()}", self._size)


class Upload:
    """A file under a name that nobody looks for, until it is moved to the name of its digest.

    Everything here blocks. Nothing is on the disk before the first write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._fingerprint = Fingerprint()

    def write(self, piece: bytes) -> None:
        if self._file < 0:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        self._fingerprint.add(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def finish(self) -> Blob:
        """Puts what was written on the disk, whatever happens to the machine."""
        self.write(b"")
        os.fsync(self._file)
        self.close()
        return self._fingerprint.blob()

    def move(self, target: Path) -> None:
        """`target` is whole from its first moment, and still there after a power loss."""
        self._path.rename(target)
        sync_directory(target.parent)
        sync_directory(self._path.parent)

    def discard(self) -> None:
        """Leaves nothing behind; does nothing after `move`."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


async def regrouped(stream: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of at least `size`, but for the last."""
    parts: list[bytes] = []
    gathered = 0
    async for part in stream:
        parts.append(part)
        gathered += len(part)
        if gathered >= size:
            yield b"".join(parts)
            parts, gathered = [], 0
    if gathered:
        yield b"".join(parts)


def sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def disk_faults(place: Path) -> Iterator[None]:
    """Raises StorageFull or Unavailable in place of the system's errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(
                f"There is no room left in {place} ({error.strerror}); nothing was kept. Free some space and try again"
            ) from error
        raise Unavailable(f"{place} cannot be used ({error.strerror}); check its disk and permissions") from error
