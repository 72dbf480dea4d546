"""We end when the server does, also when it is killed: our standard input is a pipe whose other end only it holds."""

from __future__ import annotations

import fcntl
import os
import signal
import threading

F_SETSIG = 10  # Linux; Python has no name for it
O_ASYNC = getattr(os, "O_ASYNC", 0o20000)


def tie() -> int:
    """Tie our life to standard input, and leave an empty one to the model. The answer is the descriptor to keep open.

    The kernel kills us and all that the model started, whatever the model's code is doing just then.
    """
    lifeline = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    leads = os.getpgrp() == os.getpid()
    try:
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid() if leads else os.getpid())
        fcntl.fcntl(lifeline, F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | O_ASYNC)
    except OSError:
        threading.Thread(target=_watch, args=(lifeline,), name="lifeline", daemon=True).start()
    else:
        _gone_already(lifeline)
    return lifeline


def _gone_already(lifeline: int) -> None:
    """The signal comes when the pipe ends, not when it has ended before."""
    os.set_blocking(lifeline, False)
    try:
        if not os.read(lifeline, 1):
            os._exit(0)
    except BlockingIOError:
        return


def _watch(lifeline: int) -> None:
    while os.read(lifeline, 4096):
        pass
    os._exit(0)
