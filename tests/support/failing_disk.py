"""A disk that fails from a chosen write on, until it is told to work again, under a server that knows nothing of it.

SQLite's writes are met where it hands them to the system, in its VFS; ours in `os`. The switch is a file that the test
and the server both map, so that it is thrown from outside while the server runs.
"""

import ctypes
import errno
import mmap
import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATE = struct.Struct("qqq")
_WORKS = -1
_SQLITE_FULL, _IOERR_WRITE, _IOERR_FSYNC, _IOERR_TRUNCATE = 13, 10 | 3 << 8, 10 | 4 << 8, 10 | 6 << 8
_METHODS = 18
_XWRITE, _XTRUNCATE, _XSYNC = 2, 3, 4


class Switch:
    """Throws and heals; counts the writes that failed."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_STATE.pack(_WORKS, 0, 0))
        with path.open("r+b") as file:
            self._state = mmap.mmap(file.fileno(), _STATE.size)

    def fail(self, nth: int, error: int) -> None:
        """From the nth write on, 1 being the next."""
        _STATE.pack_into(self._state, 0, nth, error, 0)

    def heal(self) -> None:
        _STATE.pack_into(self._state, 0, _WORKS, 0, self.failed)

    @property
    def failed(self) -> int:
        """How many writes have been refused since it was thrown."""
        return int(_STATE.unpack_from(self._state)[2])

    def refusal(self) -> int:
        """Of a write that is about to happen: its error, or zero."""
        left, error, failed = _STATE.unpack_from(self._state)
        if left == _WORKS:
            return 0
        if left > 1:
            _STATE.pack_into(self._state, 0, left - 1, error, failed)
            return 0
        _STATE.pack_into(self._state, 0, 1, error, failed + 1)
        return int(error)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
    )


class _Methods(ctypes.Structure):
    _fields_ = (("version", ctypes.c_int), ("of", ctypes.c_void_p * _METHODS))


_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_void_p
)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_kept: list[Any] = []
"""What SQLite points to must not be collected."""


def supported() -> bool:
    """Whether this Python's SQLite is a library that can be reached; it cannot where it is built into Python."""
    return _library() is not None


def install(switch: Switch) -> None:
    """For this process, before it opens a database."""
    library = _library()
    assert library is not None
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    _meet_sqlite(library.sqlite3_vfs_find(None).contents, switch)
    for name in ("write", "pwrite", "fsync", "fdatasync"):
        setattr(os, name, _failing(getattr(os, name), switch))


def _library() -> ctypes.CDLL | None:
    import _sqlite3  # noqa: PLC0415 - not there on every Python

    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    return library if hasattr(library, "sqlite3_vfs_find") else None


def _meet_sqlite(vfs: _Vfs, switch: Switch) -> None:
    opens, known = _OPEN(vfs.open), dict[int, _Methods]()

    def opened(this: Any, name: Any, file: Any, flags: int, out: Any) -> int:
        answer = int(opens(this, name, file, flags, out))
        if file[0]:
            if file[0] not in known:
                known[file[0]] = _failing_methods(_Methods.from_address(file[0]), switch)
            file[0] = ctypes.addressof(known[file[0]])
        return answer

    ours = _OPEN(opened)
    _kept.extend((opens, ours, known))
    vfs.open = ctypes.cast(ours, ctypes.c_void_p)


def _failing_methods(theirs: _Methods, switch: Switch) -> _Methods:
    ours = _Methods.from_buffer_copy(theirs)
    write, truncate, sync = (
        kind(theirs.of[at]) for kind, at in ((_WRITE, _XWRITE), (_TRUNCATE, _XTRUNCATE), (_SYNC, _XSYNC))
    )

    def refused(otherwise: int) -> int:
        error = switch.refusal()
        return _SQLITE_FULL if error == errno.ENOSPC and otherwise == _IOERR_WRITE else otherwise if error else 0

    failing = (
        (_XWRITE, _WRITE(lambda file, data, size, at: refused(_IOERR_WRITE) or write(file, data, size, at))),
        (_XTRUNCATE, _TRUNCATE(lambda file, size: refused(_IOERR_TRUNCATE) or truncate(file, size))),
        (_XSYNC, _SYNC(lambda file, flags: refused(_IOERR_FSYNC) or sync(file, flags))),
    )
    for at, method in failing:
        ours.of[at] = ctypes.cast(method, ctypes.c_void_p).value
    _kept.extend((write, truncate, sync, failing))
    return ours


def _failing(function: Callable[..., Any], switch: Switch) -> Callable[..., Any]:
    def wrapped(file: int, *arguments: Any) -> Any:
        if stat.S_ISREG(os.fstat(file).st_mode) and (error := switch.refusal()):
            raise OSError(error, os.strerror(error))
        return function(file, *arguments)

    return wrapped
