from __future__ import annotations

import importlib
from typing import Any

from ..plan import Plan
from ..signature import Signature
from .base import Direct
from .threads import one_thread


def load(plan: Plan, signature: Signature) -> Direct:
    """A booster is asked in place, which spares it a copy of the rows in a matrix of its own."""
    import xgboost

    flavor = plan.flavors["xgboost"]
    module, _, name = flavor.get("model_class", "xgboost.core.Booster").rpartition(".")
    model: Any = getattr(importlib.import_module(module), name)()
    model.load_model(str(plan.model / flavor["data"]))
    if not isinstance(model, xgboost.Booster):
        one_thread(model)
        return Direct("xgboost", signature, model.predict)
    model.set_param({"nthread": 1})
    return Direct("xgboost", signature, lambda rows: model.inplace_predict(rows, validate_features=False))
