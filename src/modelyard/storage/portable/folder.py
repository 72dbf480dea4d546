"""The directory of an export, which is there whole or not at all."""

import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from modelyard.domain.artifacts import File
from modelyard.domain.errors import AlreadyExists, Corrupt
from modelyard.kit.paths import safe_relative
from modelyard.kit.threads import in_thread
from modelyard.storage.portable import layout
from modelyard.storage.uploads import Upload, disk_faults, sync_directory


class Folder:
    """Written beside its place, under another name, until `finish`."""

    def __init__(self, target: Path) -> None:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise AlreadyExists(f"{target} is there already and not empty; choose another directory")
        self._target = target
        self.path = target.parent / f".{target.name}.{secrets.token_hex(8)}"
        with disk_faults(target.parent):
            self.path.mkdir(parents=True)

    async def write(self, file: File, pieces: AsyncIterator[bytes]) -> None:
        """An artifact. Raises Corrupt for content that is not what its digest says, and for a path out of the way."""
        place = self._place(file.path)
        upload = Upload(place)
        try:
            with disk_faults(self._target.parent):
                await in_thread(_make, place.parent)
                async for piece in pieces:
                    await in_thread(upload.write, piece)
                written = await in_thread(upload.finish)
                os.utime(place, ns=(file.modified_at * 1_000_000,) * 2)
        finally:
            await in_thread(upload.close)
        if written != file.blob:
            raise Corrupt(f"The stored content of '{file.path}' is not what its digest says; restore it from a backup")

    def finish(self, manifest: Mapping[str, object]) -> None:
        told = {"format": layout.FORMAT, "version": layout.VERSION, **manifest}
        with disk_faults(self._target.parent):
            (self.path / layout.MANIFEST).write_text(json.dumps(told, indent=2) + "\n")
            for folder, _, names in os.walk(self.path):
                for name in names:
                    if name.endswith((".parquet", ".json")):
                        _sync(Path(folder) / name)
                sync_directory(Path(folder))
            self.path.rename(self._target)
            sync_directory(self._target.parent)

    def discard(self) -> None:
        """Does nothing after `finish`."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _place(self, path: str) -> Path:
        try:
            safe = safe_relative(path)
        except ValueError as error:
            raise Corrupt(f"A stored path cannot be written to a disk: {error}") from None
        if safe != path or not path:
            raise Corrupt(f"The stored path {path!r} cannot be written to a disk")
        return self.path / layout.ARTIFACTS / path


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
