from __future__ import annotations

from typing import Any


def one_thread(model: Any) -> None:
    """Requests are small and replicas are many: a model's own threads would cost more than they bring."""
    for holder in (model, *(getattr(model, name, None) for name in ("sklearn_model", "lgb_model", "xgb_model"))):
        parameters = getattr(holder, "get_params", None)
        if parameters is None or isinstance(holder, type):
            continue
        try:
            names = [name for name in parameters(deep=True) if name == "n_jobs" or name.endswith("__n_jobs")]
            holder.set_params(**dict.fromkeys(names, 1))
        except Exception:  # noqa: BLE001, S112 - an estimator of the user's own may not keep to the rules
            continue
