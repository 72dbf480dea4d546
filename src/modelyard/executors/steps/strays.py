"""Processes of a step whose parents are gone: found by what they carry. The last resort, after a crash."""

import contextlib
import os
import signal
import time
from pathlib import Path

from modelyard.executors.steps.program import RUNNER, VARIABLE

PATIENCE = 5.0
INTERVAL = 0.01


def end(key: str, folder: Path, patience: float = PATIENCE) -> None:
    """Kills all that carry the step's key, and forks of a zygote in its folder, and waits until they are gone."""
    until = time.monotonic() + patience
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
    return [pid for pid in others if pid != os.getpid() and (_carries(pid, mark) or _is_fork_in(pid, place))]


def _is_fork_in(pid: int, place: str) -> bool:
    """A fork shows the variables of its zygote, not its own; but then it shows the zygote's command, too."""
    try:
        at = str(Path(f"/proc/{pid}/cwd").readlink()).removesuffix(" (deleted)")
        if at != place and not at.startswith(f"{place}/"):
            return False
        return os.fsencode(RUNNER) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _carries(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
