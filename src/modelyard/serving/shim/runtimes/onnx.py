from __future__ import annotations

from typing import Any

import numpy as np

from ..failures import BadInput, of_model
from ..inputs import Inputs
from ..matrix import matrix_of
from ..outputs import Columns
from ..plan import Plan
from ..signature import Signature
from .base import Runtime

FLOATS = {"tensor(float)": "float32", "tensor(double)": "float64"}


def load(plan: Plan, signature: Signature) -> Runtime:
    return Onnx(plan, signature)


class Onnx(Runtime):
    """A session of onnxruntime on the graph, asked as mlflow asks it."""

    def __init__(self, plan: Plan, signature: Signature) -> None:
        import onnxruntime

        flavor = plan.flavors["onnx"]
        available = set(onnxruntime.get_available_providers())
        wanted = [tuple(one) if isinstance(one, list) else one for one in flavor.get("providers") or []]
        usable = [one for one in wanted if (one if isinstance(one, str) else one[0]) in available]
        self._session = onnxruntime.InferenceSession(
            str(plan.model / flavor["data"]), _options(onnxruntime), providers=usable or ["CPUExecutionProvider"]
        )
        self._inputs = {one.name: one for one in self._session.get_inputs()}
        self._outputs = [one.name for one in self._session.get_outputs()]
        any_rows = all(one.shape and not isinstance(one.shape[0], int) for one in self._inputs.values())
        note = "" if any_rows else "the graph takes a fixed number of rows"
        matrix = matrix_of(signature) if len(self._inputs) == 1 else None
        super().__init__("onnx", Inputs(signature, matrix), independent=any_rows, note=note)
        self._of_columns = bool(signature.columns)

    def predict(self, value: Any, params: dict[str, Any]) -> Any:
        feeds = value if isinstance(value, dict) else self._fed(value)
        feeds = {name: self._cast(name, fed) for name, fed in feeds.items()}
        try:
            answers = self._session.run(self._outputs, feeds)
        except Exception as error:  # noqa: BLE001 - it has many, all of the bare class
            if type(error).__name__ in ("InvalidArgument", "ValueError"):
                raise BadInput(f"The graph does not take this: {error}") from None
            raise of_model(error) from None
        if not self._of_columns and not hasattr(value, "columns"):
            return dict(zip(self._outputs, answers))
        return Columns({name: np.asarray(one).reshape(-1) for name, one in zip(self._outputs, answers)})

    def _cast(self, name: str, fed: Any) -> Any:
        """JSON has one kind of number, and mlflow rounds float64 too."""
        wanted = FLOATS.get(self._inputs[name].type) if name in self._inputs else None
        return fed.astype(wanted) if wanted and fed.dtype.kind in "iuf" else fed

    def _fed(self, value: Any) -> dict[str, Any]:
        """One array is for the first input; a frame is that too, or has a column for each."""
        names = list(self._inputs)
        if len(names) == 1:
            return {names[0]: np.asarray(value)}
        if hasattr(value, "columns"):
            return {name: value[name].to_numpy() for name in names if name in value}
        raise BadInput(f"The graph takes {', '.join(names)}; send a tensor for each")


def _options(onnxruntime: Any) -> Any:
    """One thread, as for all replicas. A session's own threads would not survive a fork either."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options
