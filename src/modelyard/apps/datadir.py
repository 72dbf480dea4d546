"""The data directory: one live server owns it, nobody else may read it."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

from modelyard.domain.errors import StartupError

LEAST_FREE = 32 << 20
"""Bytes without which not even the log of changes could be kept."""

_LOCK = "server.lock"


class DataDirectory:
    """A directory that is ours until `release`; `is_new` when it was made just now."""

    def __init__(self, path: Path, lock: int, *, is_new: bool) -> None:
        self.path = path
        self._lock = lock
        self._is_new = is_new

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / 'modelyard.db'}"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def payloads(self) -> Path:
        return self.path / "payloads"

    def announce(self, url: str) -> None:
        """Write down who owns it, for the next one that wants it. Raises StartupError when it cannot be written."""
        try:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, f"{os.getpid()} {url}\n".encode(), 0)
        except OSError as error:
            raise StartupError(_refusal(self.path, error)) from None

    def abandon(self) -> None:
        """The start has failed: of a directory that was made for it, nothing stays but a copy of an older database."""
        if self._is_new and not any(self.path.glob("*.before-*")):
            shutil.rmtree(self.path, ignore_errors=True)

    def release(self) -> None:
        # The file stays: were it removed, two servers could hold locks on two files of one name.
        os.ftruncate(self._lock, 0)
        os.close(self._lock)


def take(path: Path, least_free: int = LEAST_FREE) -> DataDirectory:
    """Make the directory where it is missing, and own it.

    Raises StartupError when it cannot be made or written, its disk is full, or another live server owns it.
    """
    _check_space(path, least_free)
    try:
        is_new = not path.exists()
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartupError(_refusal(path, error)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(lock, 200, 0).decode("utf-8", "replace").split()
        os.close(lock)
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise StartupError(f"The data directory {path} cannot be locked: {error.strerror}") from None
        raise StartupError(
            f"The data directory {path} is in use by another server{_named(owner)}; "
            "stop that one, or choose another directory with --data-dir"
        ) from None
    return DataDirectory(path, lock, is_new=is_new)


def _named(owner: list[str]) -> str:
    return f" (process {owner[0]} at {owner[1]})" if len(owner) == 2 else ""


def _check_space(path: Path, least_free: int) -> None:
    standing = next((one for one in (path, *path.parents) if one.exists()), Path("/"))
    try:
        usage = shutil.disk_usage(standing)
    except OSError:
        return  # making the directory says what is wrong
    free = usage.free
    if usage.total and free < least_free and os.access(standing, os.W_OK):
        raise StartupError(
            f"The disk of the data directory {path} is full ({free >> 20} MB free, {least_free >> 20} MB needed); "
            "free some space, or choose another directory with --data-dir"
        )


def _refusal(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"The data directory {path} cannot be used: a part of its path is a file; choose another with --data-dir"
    if error.errno == errno.ENOSPC:
        return f"The disk of the data directory {path} is full; free some space, or choose another with --data-dir"
    if error.errno == errno.ENOENT:
        return (
            f"The data directory {path} cannot be made: its file system keeps no files; choose another with --data-dir"
        )
    return f"The data directory {path} cannot be written ({error.strerror}); choose another with --data-dir"
