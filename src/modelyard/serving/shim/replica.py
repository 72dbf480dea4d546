"""A replica from its start to its end: give up privileges, load, listen, answer."""

from __future__ import annotations

import json
import os
import random
import sys
import traceback
from typing import NoReturn

from . import health, lifeline, plan
from .confine import confine
from .failures import load_failure

LOAD_FAILED = 3
MLFLOW_NEEDED = 4


def main(path: str) -> NoReturn:
    """By the plan at `path`. Our standard input is our lifeline."""
    try:
        lifeline.tie()
        told = plan.read(path)
        confine(told)
        _reseed()
        from .loop import Loop  # needs numpy, whose absence shall be told
        from .model import Model
        from .runtimes.choice import MlflowNeeded

        try:
            loop = Loop(Model(told), told.socket)
        except MlflowNeeded:
            os._exit(MLFLOW_NEEDED)
        health.listen(told.health)
    except BaseException as error:  # noqa: BLE001 - model code may raise anything, even SystemExit
        traceback.print_exc()
        fail(load_failure(error))
    loop.run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads of the model do not hold us


def _reseed() -> None:
    """Replicas that are forks of one process would draw the same numbers."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def fail(reason: dict[str, str]) -> NoReturn:
    """Ends with a last line that says why."""
    sys.stdout.flush()
    sys.stderr.write(json.dumps(reason) + "\n")
    sys.stderr.flush()
    os._exit(LOAD_FAILED)
