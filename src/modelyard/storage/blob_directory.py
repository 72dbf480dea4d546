import os
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import Corrupt, StartupError
from modelyard.kit.threads import in_thread
from modelyard.storage.uploads import Upload, disk_faults, regrouped, sync_directory

PIECE = 1 << 20
_SHARDS = tuple(f"{number:02x}" for number in range(256))


class DirectoryBlobs:
    """Blobs as read-only files `blobs/ab/cdef…`, received under `uploads/`; nobody else may look."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._uploads = root / "uploads"
        self._blobs = root / "blobs"
        try:
            self._make()
        except OSError as error:
            raise StartupError(
                f"Artifacts cannot be kept in {root} ({error.strerror}); choose another with --artifacts"
            ) from None

    async def put(self, stream: AsyncIterator[bytes]) -> Blob:
        upload = Upload(self._uploads / secrets.token_hex(16))
        try:
            async for piece in regrouped(stream, PIECE):
                await in_thread(self._write, upload, piece)
            return await in_thread(self._keep, upload)
        finally:
            await in_thread(upload.discard)

    async def get(self, blob: Blob, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        path = self._path(blob)
        await in_thread(_check, path, blob)
        return _read(path, start, blob.size if stop is None else min(stop, blob.size))

    async def local_path(self, blob: Blob) -> Path | None:
        path = self._path(blob)
        await in_thread(_check, path, blob)
        return path

    async def sweep(self, older_than: float) -> int:
        return await in_thread(self._sweep, time.time() - older_than)

    def _make(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._uploads.mkdir(exist_ok=True, mode=0o700)
        self._blobs.mkdir(exist_ok=True, mode=0o700)
        for shard in _SHARDS:  # all at once, so that no upload has to make its own durable
            (self._blobs / shard).mkdir(exist_ok=True, mode=0o700)
        sync_directory(self._blobs)
        sync_directory(self._root)

    def _write(self, upload: Upload, piece: bytes) -> None:
        with disk_faults(self._root):
            upload.write(piece)

    def _keep(self, upload: Upload) -> Blob:
        with disk_faults(self._root):
            blob = upload.finish()
            target = self._path(blob)
            if _is_whole(target, blob):
                sync_directory(target.parent)  # whoever put it may not have come that far yet
            else:
                upload.move(target)
            return blob

    def _path(self, blob: Blob) -> Path:
        digest = blob.digest.removeprefix("sha256:")
        return self._blobs / digest[:2] / digest[2:]

    def _sweep(self, before: float) -> int:
        removed = 0
        for left in os.scandir(self._uploads):
            if left.stat(follow_symlinks=False).st_mtime <= before:
                Path(left.path).unlink(missing_ok=True)
                removed += 1
        return removed


def _is_whole(path: Path, blob: Blob) -> bool:
    try:
        return not path.is_symlink() and path.stat().st_size == blob.size
    except FileNotFoundError:
        return False


def _check(path: Path, blob: Blob) -> None:
    with disk_faults(path.parent):
        whole = _is_whole(path, blob)
    if not whole:
        raise Corrupt(f"The stored content {blob.digest} is missing or not {blob.size} bytes long; restore {path}")


async def _read(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    """Opens only when somebody starts to read, so that nothing is left open when nobody does."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while start < stop:
            piece = await in_thread(os.pread, file, min(PIECE, stop - start), start)
            if not piece:
                raise Corrupt(f"{path} was cut short while it was read")
            yield piece
            start += len(piece)
    finally:
        os.close(file)
