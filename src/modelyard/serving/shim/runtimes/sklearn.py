from __future__ import annotations

import warnings
from typing import Any

from ..plan import Plan
from ..signature import Signature
from . import estimators
from .base import Direct
from .threads import one_thread


def load(plan: Plan, signature: Signature) -> Direct:
    """The estimator itself; `predict_fn` is the method that the model was saved to be asked by."""
    estimator = read(plan, plan.flavors["sklearn"], plan.flavors["sklearn"]["pickled_model"])
    one_thread(estimator)
    # An estimator that was fitted on a frame says so each time that it gets an array.
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    method = plan.pyfunc.get("predict_fn", "predict")
    known = estimators.known(estimator, method, signature.names)
    return Direct("sklearn", signature, getattr(estimator, method), known=known)


def read(plan: Plan, flavor: dict[str, Any], name: str) -> Any:
    """A model that was saved by one of the ways to save Python objects."""
    path = plan.model / name
    written = flavor.get("serialization_format", "pickle")
    if written == "skops":
        import skops.io

        return skops.io.load(path, trusted=flavor.get("skops_trusted_types"))
    with path.open("rb") as file:
        if written == "joblib":
            import joblib

            return joblib.load(file)
        if written == "cloudpickle":
            import cloudpickle

            return cloudpickle.load(file)
        import pickle

        return pickle.load(file)  # noqa: S301 - this process is there for the model's code
