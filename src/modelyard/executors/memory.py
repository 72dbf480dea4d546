"""How much memory processes use, and how much there is."""

import os
from pathlib import Path

_KIBIBYTE = 1024
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def used_by(pid: int) -> int:
    """Bytes that its end would free: what it shares with nobody; 0 when that cannot be known."""
    return _sum_of(pid, (b"Private_Clean:", b"Private_Dirty:"))


def shared_by_forks(pid: int) -> int:
    """Bytes that are there once for a process and all its forks."""
    return _sum_of(pid, (b"Anonymous:",))


def _sum_of(pid: int, fields: tuple[bytes, ...]) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _KIBIBYTE for line in lines if line.startswith(fields))


def of_machine() -> int:
    """Bytes that this machine, or the container we are in, has."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(installed, int(_CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):  # there is no limit, or no such thing
        return installed
