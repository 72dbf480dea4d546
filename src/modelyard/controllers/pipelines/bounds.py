"""How much may be in a directory that a step writes to, and whether more is."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

BLOCK = 4096
"""Bytes that a file or a directory takes at least: else many small ones could fill a disk and count for little."""
SHARE = 0.9
"""Of what is free; as much as one file may have."""
_GONE = (FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True, slots=True)
class Bound:
    """Of a volume, or of a try's own directory, which has no name. 0 bytes or files are any number.

    `way_out` is what can be done besides asking for more.
    """

    name: str
    place: Path
    size: int
    files: int = 0
    way_out: str = ""


def of_step(folder: Path) -> Bound:
    """Most of what is free on the disk, in bytes and in files."""
    disk = os.statvfs(folder)
    return Bound("", folder, int(SHARE * disk.f_bavail * disk.f_frsize), int(SHARE * disk.f_favail))


def overfull(bounds: Iterable[Bound]) -> str:
    """What is wrong when more is in a directory than may be; else empty. Looks at all files."""
    for bound in bounds:
        try:
            size, files = _used(bound)
        except PermissionError as error:
            if not bound.name:  # what a step does to its own files is no reason to end it
                continue
            return f"{_named(bound)} cannot be looked through: {error.strerror}: {error.filename}"
        if _over(bound, size, files):
            return _told(bound, size, files)
    return ""


def _told(bound: Bound, size: int, files: int) -> str:
    found = f"has at least {size:,} in it, in {files:,} files and directories"
    if bound.name:
        return f"{_named(bound)} of {bound.size:,} bytes {found}. Ask for a larger one{bound.way_out}"
    return f"{_named(bound)} {found}: most of what was free on the disk, so the step was ended"


def _named(bound: Bound) -> str:
    return f"The volume '{bound.name}'" if bound.name else "The directory of the step"


def _over(bound: Bound, size: int, files: int) -> bool:
    return bool((bound.size and size > bound.size) or (bound.files and files > bound.files))


def _used(bound: Bound) -> tuple[int, int]:
    """Bytes and files, as far as it takes to be too many. Others may remove some, or all of it, meanwhile."""
    size, files, left = 0, 0, [str(bound.place)]
    while left:
        with contextlib.suppress(*_GONE), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                size += _size(entry)
                files += 1
                if _over(bound, size, files):
                    return size, files
    return size, files


def _size(entry: os.DirEntry[str]) -> int:
    """In whole blocks; those too that are beyond a file's end, or within one and not there yet."""
    try:
        found = entry.stat(follow_symlinks=False)
    except _GONE:
        return 0
    return max(BLOCK, -(-found.st_size // BLOCK) * BLOCK, found.st_blocks * 512)
