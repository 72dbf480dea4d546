"""What pipelines have as files beside the database: secrets, config maps and volumes, as one tar."""

import os
import tarfile
from pathlib import Path
from typing import BinaryIO

from modelyard.domain.errors import Unavailable
from modelyard.storage.uploads import disk_faults, sync_directory

FOLDERS = ("config-maps", "secrets", "volumes")
PERMISSIONS = 0o777


def save(root: Path, target: Path) -> bool:
    """Makes `target` an archive of those folders of `root` that are there; whether there are any.

    Links are kept as links. What is being written meanwhile is kept as far as it has come. Raises Unavailable naming
    what cannot be read, and StorageFull.
    """
    making = target.with_name(f".{target.name}.partial")
    with disk_faults(target.parent):
        making.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                    for name in FOLDERS:
                        _add(archive, root, name)
                    found = bool(archive.getmembers())
                file.flush()
                os.fsync(file.fileno())
            if found:
                making.rename(target)
            else:
                target.unlink(missing_ok=True)  # of an earlier backup in the same place
            sync_directory(target.parent)
        finally:
            making.unlink(missing_ok=True)
    return found


def load(source: Path, root: Path) -> None:
    """With the permissions and times that they had. They are the user's whose process we are."""
    with disk_faults(root), tarfile.open(source, "r:") as archive:
        # Who trusts the database of a backup trusts this; a volume may have links to anywhere.
        archive.extraction_filter = staticmethod(lambda member, _: member)
        archive.extractall(root)  # noqa: S202


def _add(archive: tarfile.TarFile, root: Path, name: str) -> None:
    path = root / name
    try:
        member = archive.gettarinfo(path, name)
        if member is None or not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            return  # a socket, a pipe
        member.mode &= PERMISSIONS
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        if member.isreg():
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                archive.addfile(member, _Whole(file))  # type: ignore[arg-type]  # it only reads
        else:
            archive.addfile(member)
        inner = sorted(one.name for one in path.iterdir()) if member.isdir() else []
    except FileNotFoundError:  # it is gone by now
        return
    except PermissionError as error:
        raise Unavailable(f"{path} cannot be read ({error.strerror}); change its permissions or remove it") from None
    for one in inner:
        _add(archive, root, f"{name}/{one}")


class _Whole:
    """A file that never ends: one that becomes shorter while it is read is as long as it was said to be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.read(size).ljust(size, b"\0")
