from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..failures import NotSupported, of_model
from ..inputs import Inputs
from ..matrix import matrix_of
from ..signature import Signature


class Runtime:
    """A loaded model. `independent` says that its rows are known not to look at each other."""

    def __init__(self, name: str, inputs: Inputs, *, independent: bool, note: str = "") -> None:
        self.name = name
        self.inputs = inputs
        self.independent = independent
        self.note = note

    def predict(self, value: Any, params: dict[str, Any]) -> Any:
        """Raises BadInput, PredictionFailed."""
        raise NotSupported("This model does not predict")

    def stream(self, value: Any, params: dict[str, Any]) -> Iterator[Any]:
        """One answer in pieces. Raises as `predict` does, also while it is gone through, and NotSupported."""
        raise NotSupported("This model does not stream its answers: it has no method 'predict_stream'")

    def explain(self, value: Any, params: dict[str, Any]) -> Any:
        """Raises as `predict` does, and NotSupported."""
        raise NotSupported("This model does not explain its predictions: it has no method 'explain'")


class Direct(Runtime):
    """The model's own library, asked with an array, where mlflow would make a frame of it and check it again.

    `known` says that it is known to answer as mlflow does.
    """

    def __init__(self, name: str, signature: Signature, call: Callable[[Any], Any], *, known: bool = False) -> None:
        super().__init__(name, Inputs(signature, matrix_of(signature)), independent=True)
        self.known = known
        self._call = call

    def predict(self, value: Any, params: dict[str, Any]) -> Any:
        try:
            return self._call(value)
        except Exception as error:  # noqa: BLE001 - model code may raise anything
            raise of_model(error) from None
