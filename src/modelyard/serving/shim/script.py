"""Scoring scripts: a file of the model that answers by itself.

One that defines `predict(model, args)` is imported once, with the answer of its `load(path)` as the model. Any other is
run anew for each request as `python script args`, and what it prints is the answer.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .failures import BadInput, PredictionFailed, of_model
from .plan import Plan
from .texts import loads

LAST_WORDS = 1000
LONGEST = 3600.0


class Script:
    """`warm` is whether it is imported once."""

    def __init__(self, plan: Plan) -> None:
        self._path = _inside(plan.model, plan.script)
        self._folder = plan.model
        self.warm = "predict" in _functions(self._path)
        if self.warm:
            self._module = _imported(self._path)
            load = getattr(self._module, "load", None)
            self._model = load(str(plan.model)) if load is not None else None

    def answer(self, body: bytes, deadline: float) -> Any:
        """What it returned, or else what it printed. Raises BadInput, PredictionFailed."""
        arguments = loads(body)
        if not isinstance(arguments, (dict, list, str)):
            raise BadInput("The arguments of a scoring script must be an object, a list or a text")
        return self._ask(arguments) if self.warm else self._run(arguments, deadline)

    def _ask(self, arguments: Any) -> Any:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                returned = self._module.predict(self._model, arguments)
        except SystemExit as error:
            if error.code:
                raise PredictionFailed(f"The scoring script ended with exit code {error.code}") from None
            returned = None
        except Exception as error:  # noqa: BLE001 - the user's code
            raise of_model(error) from None
        return printed.getvalue() if returned is None else returned

    def _run(self, arguments: Any, deadline: float) -> str:
        left = deadline - time.monotonic() if deadline else LONGEST
        with subprocess.Popen(
            [sys.executable, str(self._path), *_argv(arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder,
        ) as child:
            try:
                output, errors = child.communicate(timeout=max(0.0, left))
            except subprocess.TimeoutExpired:
                child.kill()
                raise PredictionFailed("The scoring script did not end in time") from None
        if child.returncode:
            said = errors.decode("utf-8", "replace").strip()[-LAST_WORDS:]
            sys.stderr.write(f"{said}\n")
            last = said.rpartition("\n")[2]
            raise PredictionFailed(f"The scoring script ended with exit code {child.returncode}: {last}")
        return output.decode("utf-8", "replace")


def _inside(model: Path, name: str) -> Path:
    path = (model / name).resolve()
    if model.resolve() not in path.parents or not path.is_file():
        raise FileNotFoundError(f"the model has no scoring script '{name}'")
    return path


def _functions(path: Path) -> set[str]:
    """What the script defines at its top level, without running it."""
    return {node.name for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.FunctionDef)}


def _imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("scoring_script", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.parent))  # its own neighbours, as when it is run
    spec.loader.exec_module(module)
    return module


def _argv(arguments: Any) -> list[str]:
    """An object is one argument, as JSON; a text is split as a shell would."""
    if isinstance(arguments, str):
        try:
            return shlex.split(arguments)
        except ValueError as error:
            raise BadInput(f"The arguments cannot be split: {error}") from None
    if isinstance(arguments, list):
        return [one if isinstance(one, str) else json.dumps(one) for one in arguments]
    return [json.dumps(arguments)]
