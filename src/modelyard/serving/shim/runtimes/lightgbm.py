from __future__ import annotations

import warnings

from ..plan import Plan
from ..signature import Signature
from . import sklearn
from .base import Direct
from .threads import one_thread


def load(plan: Plan, signature: Signature) -> Direct:
    import lightgbm

    flavor = plan.flavors["lightgbm"]
    if flavor.get("model_class", "lightgbm.basic.Booster") == "lightgbm.basic.Booster":
        booster = lightgbm.Booster(model_file=str(plan.model / flavor["data"]))
        return Direct("lightgbm", signature, lambda rows: booster.predict(rows, num_threads=1))
    model = sklearn.read(plan, {"serialization_format": "cloudpickle", **flavor}, flavor["data"])
    one_thread(model)
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    return Direct("lightgbm", signature, model.predict)
