"""A program confined as a model is: `start.py program PLAN COMMAND…` gives up privileges and becomes the command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from . import lifeline, plan
from .confine import confine, find_first
from .replica import fail


def main(path: str) -> NoReturn:
    """By the plan at `path`. Our standard input is the program's lifeline."""
    command = sys.argv[3:]
    try:
        tied = lifeline.tie()
        os.set_inheritable(tied, True)
        told = plan.read(path)
        confine(told)
        if "PATH" not in told.variables:  # its `python` is the server's
            find_first(str(Path(sys.executable).parent))
        os.chdir(told.model)
        os.execvp(command[0], command)  # noqa: S606 - that is what we are for
    except OSError as error:
        message = f"'{command[0]}' cannot be started in {told.model}: {error.strerror}"
        fail({"reason": "NotStarted", "message": message})
