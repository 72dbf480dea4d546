import contextlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from modelyard.domain.artifacts import Blob, StoredBlob
from modelyard.domain.errors import Corrupt, StartupError
from modelyard.kit.threads import in_thread
from modelyard.storage.claims import Claims
from modelyard.storage.uploads import Upload, disk_faults, regrouped, sync_directory

PIECE = 1 << 20
_DIGEST = re.compile("[0-9a-f]{64}")
_SHARDS = tuple(f"{number:02x}" for number in range(256))


class DirectoryBlobs:
    """Blobs as read-only files `blobs/ab/cdef…`, received under `uploads/`; nobody else may look."""

    presigned = None

    def __init__(self, root: Path) -> None:
        self.claims = Claims()
        self._root = root
        self._uploads = root / "uploads"
        self._blobs = root / "blobs"
        try:
            self._make()
        except OSError as error:
            raise StartupError(
                f"Artifacts cannot be kept in {root} ({error.strerror}); choose another with --artifacts"
            ) from None

    async def check(self) -> None:
        """Nothing: the directory was made."""

    async def put(self, stream: AsyncIterator[bytes]) -> Blob:
        upload = Upload(self._uploads / secrets.token_hex(16))
        try:
            async for piece in regrouped(stream, PIECE):
                await in_thread(self._write, upload, piece)
            blob = await in_thread(self._finish, upload)
            await self._keep(upload, blob)
            return blob
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

    async def stored(self) -> AsyncIterator[Sequence[StoredBlob]]:
        for shard in _SHARDS:
            yield await in_thread(self._shard, shard)

    async def remove(self, blobs: Sequence[Blob]) -> None:
        await in_thread(self._remove, blobs)

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

    def _finish(self, upload: Upload) -> Blob:
        with disk_faults(self._root):
            return upload.finish()

    async def _keep(self, upload: Upload, blob: Blob) -> None:
        await self.claims.take(blob)
        try:
            await in_thread(self._place, upload, blob)
        except BaseException:
            self.claims.release(blob)
            raise

    def _place(self, upload: Upload, blob: Blob) -> None:
        with disk_faults(self._root):
            target = self._path(blob)
            if _is_whole(target, blob):
                os.utime(target)  # for those who remove what has not been put for long
                sync_directory(target.parent)  # whoever put it may not have come that far yet
            else:
                upload.move(target)

    def _path(self, blob: Blob) -> Path:
        digest = blob.digest.removeprefix("sha256:")
        return self._blobs / digest[:2] / digest[2:]

    def _shard(self, shard: str) -> Sequence[StoredBlob]:
        found = []
        with disk_faults(self._root):
            for entry in sorted(os.scandir(self._blobs / shard), key=lambda entry: entry.name):
                with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                    if _DIGEST.fullmatch(shard + entry.name) and entry.is_file(follow_symlinks=False):
                        state = entry.stat(follow_symlinks=False)
                        found.append(StoredBlob(Blob(f"sha256:{shard}{entry.name}", state.st_size), state.st_mtime))
        return found

    def _remove(self, blobs: Sequence[Blob]) -> None:
        with disk_faults(self._root):
            for blob in blobs:
                self._path(blob).unlink(missing_ok=True)

    def _sweep(self, before: float) -> int:
        removed = 0
        with disk_faults(self._root):
            for left in os.scandir(self._uploads):
                with contextlib.suppress(FileNotFoundError):  # an upload that has just ended
                    if left.stat(follow_symlinks=False).st_mtime <= before:
                        Path(left.path).unlink()
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
