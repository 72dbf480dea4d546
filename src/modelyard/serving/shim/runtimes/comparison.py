"""Whether a runtime answers as mlflow's python function does: tried on the input example and on made-up rows."""

from __future__ import annotations

import json
import math
import os
import random
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import outputs, tensors
from ..asked import Asked
from ..failures import BadInput, NotSupported, PredictionFailed, concise
from ..plan import Plan
from ..signature import Signature
from .base import Runtime
from .pyfunc import Pyfunc

ROWS = 8
CLOSE = {"FP16": 1e-3, "FP32": 1e-5, "FP64": 1e-9}


def difference(runtime: Runtime, plan: Plan, signature: Signature) -> str:
    """Empty when both answer the same, up to rounding; else a sentence.

    The comparison is made by a fork, so that mlflow and a second copy of the model do not stay in memory.
    """
    source, sink = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            os.write(sink, _compared(runtime, plan, signature).encode()[:4096])
        finally:
            os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as told:
        said = told.read().decode("utf-8", "replace")
    os.waitpid(child, 0)
    return "" if said == "same" else said or "the comparison with mlflow's answers ended early"


def _compared(runtime: Runtime, plan: Plan, signature: Signature) -> str:
    try:
        pyfunc = Pyfunc(plan, signature)
    except ImportError:
        return "same"  # without mlflow there is nothing to be the same as
    except Exception as error:  # noqa: BLE001 - model code may raise anything
        traceback.print_exc()
        return f"mlflow cannot load the model: {concise(error)}"
    answered = 0
    for asked, body in _questions(plan, signature):
        ours, theirs = _answer(runtime, asked, body, signature), _answer(pyfunc, asked, body, signature)
        if (ours is None) != (theirs is None):
            return f"{runtime.name} and mlflow do not refuse the same"
        if ours is not None and not alike(ours, theirs):
            return f"{runtime.name} and mlflow answer differently"
        answered += ours is not None
    return "same" if answered else "there was no input that the model answers, to compare with mlflow's answers"


def _questions(plan: Plan, signature: Signature) -> Iterator[tuple[Asked, bytes]]:
    example = plan.example()
    if example is not None:
        form, payload, params, _ = example
        yield Asked(form, params=params), payload
    for count in (ROWS, 1):
        yield from _made_up(signature, count)


def _made_up(signature: Signature, count: int) -> Iterator[tuple[Asked, bytes]]:
    chance = random.Random(count)  # noqa: S311 - the same each time
    if signature.columns:
        rows = [[_number(chance, column["type"]) for column in signature.columns] for _ in range(count)]
        yield Asked("instances", positional=True), json.dumps(rows).encode()
    elif all(np.dtype(spec["dtype"]).kind in "fiu" for spec in signature.tensors.values()):
        made = {name: _tensor(chance, spec, count) for name, spec in signature.tensors.items()}
        yield Asked("inputs"), json.dumps(made.get(None, made)).encode()


def _number(chance: random.Random, kind: Any) -> Any:
    return chance.randrange(10) if str(kind) in ("long", "integer") or "int" in str(kind) else chance.gauss(0, 3)


def _tensor(chance: random.Random, spec: Any, count: int) -> Any:
    shape = [size if size >= 0 else (count if place == 0 else 2) for place, size in enumerate(spec["shape"])]
    values = [_number(chance, spec["dtype"]) for _ in range(math.prod(shape))]
    return np.array(values).reshape(shape).tolist()


def _answer(runtime: Runtime, asked: Asked, body: bytes, signature: Signature) -> Any:
    """What the caller would get, with the types of the arrays beside it; None when the request is refused."""
    try:
        answer = runtime.predict(runtime.inputs.read(asked, body), asked.parameters())
        arrays = outputs.named(answer, signature.outputs)
        kinds = {name: tensors.datatype_of(values) for name, values in arrays.items()}
        return kinds, outputs.plain(answer), {name: outputs.plain(values) for name, values in arrays.items()}
    except (BadInput, NotSupported, PredictionFailed, TypeError, ValueError):
        return None


def alike(ours: Any, theirs: Any) -> bool:
    """The same kinds, and the same values up to the rounding of the least exact of them."""
    (kinds, *values), (their_kinds, *their_values) = ours, theirs
    tolerance = max((CLOSE.get(kind, 0.0) for kind in kinds.values()), default=0.0)
    return bool(kinds == their_kinds) and _close(values, their_values, tolerance)


def _close(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_close(*pair, tolerance) for pair in zip(one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key], tolerance) for key in one)
    return bool(one == other)
