"""A process with all that it started, also what has left its group and session.

Steps and the process that forks them are subreapers: what loses its parent is theirs, so nothing leaves the tree.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable

PAGE = os.sysconf("SC_PAGE_SIZE")
KIBIBYTE = 1024


def children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def members(roots: Iterable[int]) -> list[int]:
    """The roots and all their descendants, those nearest to the roots first."""
    found = list(dict.fromkeys(roots))
    seen = set(found)
    for pid in found:
        fresh = [child for child in children(pid) if child not in seen]
        seen.update(fresh)
        found += fresh  # which the loop then reaches
    return found


def tell(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def kill(roots: Iterable[int]) -> None:
    """All at once: what is stopped first cannot fork any more, however fast it does."""
    roots = list(roots)
    stopped: set[int] = set()
    while fresh := [pid for pid in members(roots) if pid not in stopped]:
        tell(fresh, signal.SIGSTOP)
        stopped.update(fresh)
    tell(stopped, signal.SIGKILL)


def memory(pids: Iterable[int], limit: int) -> int:
    """Bytes that they use. The exact answer costs more, so it is only asked for where the rough one is over `limit`."""
    pids = list(pids)
    rough = sum(_resident(pid) for pid in pids)
    return rough if rough <= limit else sum(_proportional(pid) for pid in pids)


def _resident(pid: int) -> int:
    try:
        return int(_read(f"/proc/{pid}/statm").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    """With its part of what it shares with others."""
    try:
        lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * KIBIBYTE for line in lines if line.startswith(b"Pss:")), 0)


def _read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(handle, 1 << 16):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)
