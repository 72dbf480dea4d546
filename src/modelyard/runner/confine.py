"""What a process gives up and is given before any code of a step runs in it."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal

PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CAPABILITIES_VERSION = 0x20080522
CAPABILITIES_TO_LOOK = (19, 21, 38)  # to trace, to administer, to measure
F_SETSIG = 10  # Linux; Python has no name for it
O_ASYNC = getattr(os, "O_ASYNC", 0o20000)
SHARE_OF_DISK = 0.9
_LIBC = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """What loses its parent below us becomes our child."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def confine(folder: str, file_limit: int) -> None:
    """`file_limit` is how many bytes a file may have; with 0, most of what is free on the folder's disk."""
    os.umask(0o077)
    os.chdir(folder)
    adopt_orphans()
    _LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _look_into_nobody()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # a lower limit is in force already
        disk = os.statvfs(folder)
        if most := file_limit or int(disk.f_bavail * disk.f_frsize * SHARE_OF_DISK):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    # When memory runs out, the kernel is to end a step, not the server.
    with contextlib.suppress(OSError):
        handle = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(handle, b"500")
        os.close(handle)


def _look_into_nobody() -> None:
    """Root may look into the server, whose environment has credentials; we do not need to."""
    header, sets = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0), (ctypes.c_uint32 * 6)()
    if _LIBC.capget(header, sets) == 0:
        for number in CAPABILITIES_TO_LOOK:
            word, bit = divmod(number, 32)
            for place in range(3 * word, 3 * word + 3):  # effective, permitted, inheritable
                sets[place] &= ~(1 << bit)
        _LIBC.capset(header, sets)


def tie(lifeline: int) -> None:
    """We, and our group, end when the other end of this pipe does: only the server holds it.

    The second line. The first is the process that forked us, which ends us when the server ends.
    """
    with contextlib.suppress(OSError):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid())
        fcntl.fcntl(lifeline, F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | O_ASYNC | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):  # the signal comes when the pipe ends, not when it has ended before
            if not os.read(lifeline, 1):
                os._exit(1)
