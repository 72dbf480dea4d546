"""What a replica gives up before any code of the model runs in it."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import tempfile
from pathlib import Path

from .plan import Plan

PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
CAPABILITIES_VERSION = 0x20080522
CAPABILITIES_TO_LOOK = (19, 21, 38)  # to trace, to administer, to measure
OPEN_FILES = 4096


def confine(plan: Plan) -> None:
    """Memory, privileges and the place for temporary files. Raises OSError where isolation is refused."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if plan.memory:
        # What the process writes to, which is what costs; address space that is only reserved costs nothing.
        resource.setrlimit(resource.RLIMIT_DATA, (plan.memory, plan.memory))
    os.environ.update({**plan.variables, "TMPDIR": plan.temporary})  # noqa: TID251 - of this process, for the model
    tempfile.tempdir = plan.temporary
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if plan.isolated:
            _leave_network(libc)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _look_into_nobody(libc)


def find_first(folder: str) -> None:
    """Programs in `folder` are found before others of the same name."""
    path = os.environ.get("PATH", os.defpath)  # noqa: TID251 - of this process, for the program that it becomes
    os.environ["PATH"] = f"{folder}{os.pathsep}{path}"  # noqa: TID251 - same


def _look_into_nobody(libc: ctypes.CDLL) -> None:
    """Root may look into the server, whose environment has credentials; we do not need to."""
    header, sets = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets) == 0:
        for number in CAPABILITIES_TO_LOOK:
            word, bit = divmod(number, 32)
            for place in range(3 * word, 3 * word + 3):  # effective, permitted, inheritable
                sets[place] &= ~(1 << bit)
        libc.capset(header, sets)


def _leave_network(libc: ctypes.CDLL) -> None:
    """Into a network of its own that leads nowhere; the sockets to the server are files and stay."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, f"the model's process cannot be isolated: {os.strerror(error)}")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
