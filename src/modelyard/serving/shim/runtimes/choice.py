"""Which runtime a model gets: its library's own where that gives the answers that mlflow would give, else mlflow."""

from __future__ import annotations

import importlib
import traceback

from ..failures import concise
from ..matrix import matrix_of
from ..plan import Plan
from ..signature import Signature
from . import comparison
from .base import Runtime
from .pyfunc import Pyfunc

# By the module that mlflow would load the model with, and by flavour for models that have no other.
LOADERS = {
    "mlflow.sklearn": "sklearn",
    "mlflow.xgboost": "xgboost",
    "mlflow.lightgbm": "lightgbm",
    "mlflow.onnx": "onnx",
}


class MlflowNeeded(Exception):
    """The model is asked by mlflow, or its answers are compared with those that mlflow gives."""


def load(plan: Plan, signature: Signature) -> Runtime:
    """Raises whatever the model's code raises, and MlflowNeeded for a plan that says to do without."""
    direct = _direct(plan, signature) if plan.direct and _may_be_direct(plan, signature) else None
    if direct is not None and _needs_no_comparison(direct, plan, signature):
        return direct
    if plan.without_mlflow:
        raise MlflowNeeded
    if direct is None:
        return Pyfunc(plan, signature)
    difference = comparison.difference(direct, plan, signature)
    return Pyfunc(plan, signature, note=difference) if difference else direct


def _needs_no_comparison(direct: Runtime, plan: Plan, signature: Signature) -> bool:
    """Without a signature, mlflow hands the value over as it came."""
    return not plan.pyfunc or plan.compared or not signature.known or getattr(direct, "known", False)


def _may_be_direct(plan: Plan, signature: Signature) -> bool:
    """Params, code beside the model and type hints are mlflow's business; so is a table that is not all numbers."""
    if signature.params or signature.from_type_hint or plan.pyfunc.get("code"):
        return False
    return not signature.known or _flavor(plan) == "onnx" or matrix_of(signature) is not None


def _flavor(plan: Plan) -> str | None:
    if plan.pyfunc:
        return LOADERS.get(str(plan.pyfunc.get("loader_module")))
    return next((flavor for flavor in LOADERS.values() if flavor in plan.flavors), None)


def _direct(plan: Plan, signature: Signature) -> Runtime | None:
    flavor = _flavor(plan)
    if flavor is None:
        return None
    try:
        loaded: Runtime = importlib.import_module(f"{__package__}.{flavor}").load(plan, signature)
    except Exception as error:
        if not plan.pyfunc:
            raise
        traceback.print_exc()
        print(f"{flavor} cannot be asked directly ({concise(error)}); asking mlflow")
        return None
    return loaded
