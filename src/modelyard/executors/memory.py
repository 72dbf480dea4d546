"""How much memory processes use, and how much there is."""

import os
from pathlib import Path

_KIBIBYTE = 1024
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def used_by(pid: int) -> int:
    """Bytes, with its part of what it shares with others; 0 when that cannot be known."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * _KIBIBYTE for line in lines if line.startswith(b"Pss:")), 0)


def of_machine() -> int:
    """Bytes that this machine, or the container we are in, has."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(installed, int(_CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):  # there is no limit, or no such thing
        return installed
