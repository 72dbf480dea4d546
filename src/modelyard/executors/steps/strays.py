"""Processes of a step whose parents are gone: found by what they carry. The last resort, after a crash."""

import contextlib
import os
import signal
import time
from pathlib import Path

VARIABLE = "MODELYARD_STEP"
PATIENCE = 5.0
INTERVAL = 0.01


def end(key: str, folder: Path) -> None:
    """Kills all that carry the step's key or work in its folder, and waits until they are gone."""
    until = time.monotonic() + PATIENCE
    while found := _found(key, folder):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        if time.monotonic() > until:
            return
        time.sleep(INTERVAL)


def _found(key: str, folder: Path) -> list[int]:
    mark = f"{VARIABLE}={key}".encode()
    place = os.path.realpath(folder)
    others = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal()]
    return [pid for pid in others if pid != os.getpid() and (_works_in(pid, place) or _carries(pid, mark))]


def _works_in(pid: int, place: str) -> bool:
    try:
        at = str(Path(f"/proc/{pid}/cwd").readlink()).removesuffix(" (deleted)")
    except OSError:
        return False
    return at == place or at.startswith(f"{place}/")


def _carries(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
