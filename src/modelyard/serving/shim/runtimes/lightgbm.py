from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, cast

from ..plan import Plan
from ..signature import Signature
from . import sklearn
from .base import Direct
from .threads import one_thread

# In names of LightGBM's own parameters that `model.predict` passes on, and that change what is answered.
OF_PREDICTIONS = ("contrib", "iteration", "leaf_index", "precise", "pred", "raw")


def load(plan: Plan, signature: Signature) -> Direct:
    import lightgbm

    flavor = plan.flavors["lightgbm"]
    if flavor.get("model_class", "lightgbm.basic.Booster") == "lightgbm.basic.Booster":
        booster = lightgbm.Booster(model_file=str(plan.model / flavor["data"]))
        return Direct("lightgbm", signature, lambda rows: booster.predict(rows, num_threads=1))
    model = sklearn.read(plan, {"serialization_format": "cloudpickle", **flavor}, flavor["data"])
    one_thread(model)
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    return Direct("lightgbm", signature, _past_checks(model) if signature.known else model.predict)


def _past_checks(model: Any) -> Callable[[Any], Any]:
    """What `model.predict` does after checks that take many times as long as a row; the signature has made them."""
    import lightgbm
    import numpy as np

    told = " ".join(getattr(model, "_other_params", ()))
    if callable(model.objective) or any(word in told for word in OF_PREDICTIONS):
        return cast("Callable[[Any], Any]", model.predict)
    booster = model.booster_
    if type(model) in {lightgbm.LGBMRegressor, lightgbm.LGBMRanker}:
        return lambda rows: booster.predict(rows, num_threads=1)
    if type(model) is not lightgbm.LGBMClassifier:
        return cast("Callable[[Any], Any]", model.predict)
    classes = np.asarray(model.classes_)

    def likeliest(rows: Any) -> Any:
        scores = booster.predict(rows, num_threads=1)
        return classes[scores.argmax(axis=1) if scores.ndim > 1 else (scores > 1.0 - scores).astype(int)]

    return likeliest
