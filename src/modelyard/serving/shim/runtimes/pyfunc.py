"""Any model that mlflow can load, as mlflow asks it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

from ..failures import BadInput, concise, of_model
from ..inputs import Inputs
from ..plan import Plan
from ..signature import Signature
from .base import Runtime
from .threads import one_thread

# Flavours that answer each row by itself, whatever else is asked with it.
INDEPENDENT = {
    "mlflow.catboost",
    "mlflow.keras",
    "mlflow.lightgbm",
    "mlflow.onnx",
    "mlflow.pytorch",
    "mlflow.sklearn",
    "mlflow.tensorflow",
    "mlflow.xgboost",
}


class Pyfunc(Runtime):
    def __init__(self, plan: Plan, signature: Signature, note: str = "") -> None:
        import mlflow.pyfunc

        loader = str(plan.pyfunc.get("loader_module", ""))
        flavor = loader.rpartition(".")[2]
        name = f"pyfunc ({flavor})" if loader in INDEPENDENT else "pyfunc"
        super().__init__(name, Inputs(signature), independent=loader in INDEPENDENT, note=note)
        self._model = mlflow.pyfunc.load_model(str(plan.model), suppress_warnings=True)
        one_thread(getattr(self._model, "_model_impl", None))
        self._entered = False
        self._watched = self._watch_entry("_predict_fn")
        self._streams = self._watch_entry("_predict_stream_fn")

    def predict(self, value: Any, params: dict[str, Any]) -> Any:
        self._entered = not self._watched
        try:
            return self._model.predict(value, params=params) if params else self._model.predict(value)
        except Exception as error:  # noqa: BLE001 - model code may raise anything
            raise (of_model(error) if self._entered else BadInput(concise(error))) from None

    def stream(self, value: Any, params: dict[str, Any]) -> Iterator[Any]:
        return self._pieces(value, params) if self._streams else super().stream(value, params)

    def _pieces(self, value: Any, params: dict[str, Any]) -> Iterator[Any]:
        begun = self._entered = False
        try:
            for piece in self._model.predict_stream(value, params=params or None):
                begun = True
                yield piece
        except Exception as error:  # noqa: BLE001 - model code may raise anything
            raise (of_model(error) if begun or self._entered else BadInput(concise(error))) from None

    def explain(self, value: Any, params: dict[str, Any]) -> Any:
        wrapper = self._model._model_impl  # noqa: SLF001 - mlflow calls it stable for developers
        explain = getattr(getattr(wrapper, "python_model", None), "explain", None)
        if explain is None:
            return super().explain(value, params)
        takes = inspect.signature(explain).parameters
        arguments: dict[str, Any] = {"params": params} if "params" in takes else {}
        try:
            return (
                explain(getattr(wrapper, "context", None), value, **arguments)
                if "context" in takes
                else explain(value, **arguments)
            )
        except Exception as error:  # noqa: BLE001 - same
            raise of_model(error) from None

    def _watch_entry(self, name: str) -> bool:
        """Know whether a failure came from mlflow's check of the signature or from the model behind it."""
        inner = getattr(self._model, name, None)
        if inner is None:
            return False

        @functools.wraps(inner)
        def entered(*args: Any, **kwargs: Any) -> Any:
            self._entered = True
            return inner(*args, **kwargs)

        setattr(self._model, name, entered)  # the one place between the check and the model
        return True
