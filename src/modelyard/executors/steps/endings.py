"""How a try ended, from what its zygote or its marker says."""

import json
import signal
from dataclasses import replace
from pathlib import Path

from modelyard.domain.task_launch import Ended, Ending
from modelyard.executors.steps import log

MARKER = "ended.json"
TAIL_LINES = 20
CANCELED, TIMED_OUT, MEMORY, PROCESSES = "canceled", "timed out", "memory", "processes"
_OTHERS = {
    CANCELED: (Ending.CANCELED, "The step was canceled"),
    TIMED_OUT: (Ending.TIMED_OUT, "The step did not end within its time and was ended"),
    MEMORY: (Ending.OUT_OF_MEMORY, "The step used more memory than its limit and was ended"),
    PROCESSES: (Ending.SIGNALED, "The step had more processes at once than one may have, and was ended"),
}


def ended(key: str, folder: Path, code: int, why: str) -> Ended:
    """`code` is an exit code, or minus a signal's number; `why` says who ended it, if it was not itself."""
    ending, detail = _OTHERS.get(why, (Ending.EXITED, ""))
    if not why and code < 0:
        hint = ", as the kernel does when memory runs out" if code == -signal.SIGKILL else ""
        ending, detail = Ending.SIGNALED, f"The step was ended by signal {-code} ({signal.strsignal(-code)}){hint}"
    elif not why and code:
        detail = f"The step ended with exit code {code}"
    return Ended(key, ending, abs(code), detail, "\n".join(log.tail(folder / log.NAME, TAIL_LINES)))


def marked(key: str, folder: Path) -> Ended | None:
    """By the marker that is the last thing written into the folder; None when there is none, or half of one."""
    try:
        told = json.loads((folder / MARKER).read_bytes())
        found = ended(key, folder, int(told["code"]), str(told["why"]))
        return replace(found, alone=bool(told.get("alone", True)))
    except (OSError, ValueError, KeyError, TypeError):
        return None
