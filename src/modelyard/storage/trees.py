import errno
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import AlreadyExists, Corrupt
from modelyard.kit.paths import safe_relative
from modelyard.kit.threads import in_thread
from modelyard.storage.blobs import Blobs
from modelyard.storage.uploads import Upload, disk_faults, sync_directory

Open = Callable[[], Awaitable[AsyncIterator[bytes]]]


async def write_tree(blobs: Blobs, tree: Mapping[str, Blob], target: Path) -> None:
    """Makes `target` a directory of read-only files, all of them or none.

    Raises AlreadyExists when something is there, Corrupt for a path that would lead out of it or for content that is
    not what its digest says, StorageFull.
    """
    making = target.parent / f".{target.name}.{secrets.token_hex(8)}"
    try:
        with disk_faults(target.parent):
            making.mkdir(mode=0o700, parents=True)
        for path, blob in tree.items():
            with disk_faults(target.parent):
                place = _place(making, path)
                local = await blobs.local_path(blob)
                if local is None or not await in_thread(_linked, local, place):
                    await _copy(blobs, blob, place)
        await in_thread(_finish, making, target)
    finally:
        await in_thread(shutil.rmtree, making, True)  # ignoring errors: it is gone when all went well


async def write_streams(files: Mapping[str, Open], target: Path) -> None:
    """As `write_tree`, of what is opened one after the other. Raises as it does, and what opening and reading raise."""
    making = target.parent / f".{target.name}.{secrets.token_hex(8)}"
    try:
        with disk_faults(target.parent):
            making.mkdir(mode=0o700, parents=True)
        for path, opened in files.items():
            stream = await opened()
            with disk_faults(target.parent):
                await _written(stream, _place(making, path))
        await in_thread(_finish, making, target)
    finally:
        await in_thread(shutil.rmtree, making, True)


async def write_file(blobs: Blobs, blob: Blob, target: Path) -> None:
    """Makes `target` a read-only file, whole or not at all. Raises as `write_tree` does."""
    beside = target.parent / f".{target.name}.{secrets.token_hex(8)}"
    try:
        await write_tree(blobs, {"file": blob}, beside)
        await in_thread(_move_file, beside / "file", target)
    finally:
        await in_thread(shutil.rmtree, beside, True)  # ignoring errors, as above


def _move_file(made: Path, target: Path) -> None:
    with disk_faults(target.parent):
        if target.exists() or target.is_symlink():
            raise AlreadyExists(f"{target} is there already; choose another place")
        made.rename(target)
        sync_directory(target.parent)


def _place(root: Path, path: str) -> Path:
    """Judged although the path comes from our own database: whoever can write there must not write everywhere."""
    try:
        safe = safe_relative(path)
    except ValueError as error:
        raise Corrupt(f"A stored path cannot be written to a disk: {error}") from None
    if safe != path or not path:
        raise Corrupt(f"The stored path {path!r} cannot be written to a disk")
    place = root / path
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _linked(local: Path, place: Path) -> bool:
    """Whether a hard link does. Not as root, who could write to the blob through it."""
    if os.geteuid() == 0:
        return False
    try:
        os.link(local, place, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            return False
        raise
    return True


async def _copy(blobs: Blobs, blob: Blob, place: Path) -> None:
    written = await _written(await blobs.get(blob), place)
    if written != blob:
        raise Corrupt(f"The stored content {blob.digest} is not what its digest says; restore it from a backup")


async def _written(stream: AsyncIterator[bytes], place: Path) -> Blob:
    upload = Upload(place)
    try:
        async for piece in stream:
            await in_thread(upload.write, piece)
        return await in_thread(upload.finish)
    finally:
        await in_thread(upload.close)


def _finish(making: Path, target: Path) -> None:
    with disk_faults(target.parent):
        for folder, _, _ in os.walk(making):
            sync_directory(Path(folder))
        try:
            making.rename(target)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise AlreadyExists(f"{target} is there already; choose another place") from None
            raise
        sync_directory(target.parent)
