"""Whether a model answers in service what it answered in training."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from modelyard.domain import errors
from modelyard.examples.learners import Learner

TOLERANCE = 1e-9
ROWS = 50


@dataclass(frozen=True, slots=True)
class Promise:
    """Requests, and what the model answered to them when it was trained."""

    rows: pd.DataFrame
    predictions: NDArray[np.float64]

    def requests(self) -> list[dict[str, str | int | float]]:
        return [{str(column): value for column, value in row.items()} for row in self.rows.to_dict(orient="records")]


@dataclass(frozen=True, slots=True)
class Parity:
    """`where` names what served: the registry, the endpoint."""

    where: str
    rows: int
    largest_difference: float

    def tags(self) -> Mapping[str, str]:
        prefix = f"parity.{self.where}"
        return {f"{prefix}.rows": str(self.rows), f"{prefix}.largest_difference": f"{self.largest_difference:.3g}"}

    def told(self) -> str:
        return f"Parity: {self.rows} predictions by the {self.where} are those of training ({self._difference()})"

    def _difference(self) -> str:
        return f"largest difference {self.largest_difference:.3g}" if self.largest_difference else "to the last bit"


def check(promise: Promise, served: ArrayLike, *, where: str) -> Parity:
    """Compare what is served with what was promised, row by row.

    Raises InvalidState when one differs by more than TOLERANCE of itself: that model must not be promoted.
    """
    trained, answered = np.asarray(promise.predictions, dtype=np.float64), np.asarray(served, dtype=np.float64)
    if trained.shape != answered.shape:
        raise errors.InvalidState(f"The {where} answered {answered.size} predictions for {trained.size} rows")
    difference = np.abs(trained - answered)
    wrong = ~same(trained, answered)
    if wrong.any():
        row = int(wrong.argmax())
        raise errors.InvalidState(
            f"The {where} differs from training in {int(wrong.sum())} of {len(trained)} rows;"
            f" the first is row {row + 1}: {trained[row]} in training, {answered[row]} there"
        )
    return Parity(where, len(trained), float(difference.max()))


def same(trained: ArrayLike, answered: ArrayLike) -> NDArray[np.bool_]:
    """Whether they are the same to TOLERANCE of themselves, one by one."""
    difference = np.abs(np.subtract(trained, answered))
    return np.asarray(difference <= TOLERANCE * np.maximum(np.abs(trained), 1.0))


def promise_of(model: Learner, requests: pd.DataFrame, wanted: int = ROWS) -> Promise:
    """Rows spread evenly over all, and what the model says about them now."""
    positions = np.linspace(0, len(requests) - 1, min(wanted, len(requests))).astype(np.int64)
    rows = requests.iloc[positions]
    return Promise(rows, model.predict(rows))
