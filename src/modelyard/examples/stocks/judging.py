"""Whether a forecast is better than saying that tomorrow's price is today's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BETTER, EQUAL, WORSE = "better", "as good", "worse"
# How many standard errors a difference must be away from nothing to be called one.
SURE = 2.0
# What part of the naive error may be lost and still be called nothing.
NEGLIGIBLE = 0.01


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean absolute errors on the same days, in percent of the price; `difference` is below 0 where the model is
    better, and uncertain by `standard_error`.
    """

    of: str
    days: int
    model: float
    naive: float
    difference: float
    standard_error: float

    @property
    def word(self) -> str:
        """BETTER only when chance is an unlikely reason."""
        if self.difference < -SURE * self.standard_error:
            return BETTER
        return EQUAL if self.difference <= NEGLIGIBLE * self.naive else WORSE


@dataclass(frozen=True, slots=True)
class Decision:
    passes: bool
    reason: str


def errors_of(forecast: NDArray[np.float64], actual: NDArray[np.float64]) -> NDArray[np.float64]:
    """In percent of what the price then was."""
    return 100 * np.abs(forecast - actual) / actual


def compare(of: str, model: NDArray[np.float64], naive: NDArray[np.float64]) -> Comparison:
    """The errors of the model and of the naive forecast, day by day."""
    differences = model - naive
    return Comparison(
        of=of,
        days=len(model),
        model=float(model.mean()),
        naive=float(naive.mean()),
        difference=float(differences.mean()),
        standard_error=float(differences.std(ddof=1) / np.sqrt(len(model))),
    )


def by_symbol(
    symbols: NDArray[np.str_], model: NDArray[np.float64], naive: NDArray[np.float64]
) -> Sequence[Comparison]:
    """One for each that has some days, then one of all together."""
    names = [str(name) for name, days in zip(*np.unique(symbols, return_counts=True), strict=True) if days > 1]
    each = [compare(name, model[symbols == name], naive[symbols == name]) for name in names]
    return [*each, compare("all", model, naive)]


def gate(word: str, *, equal_passes: bool) -> Decision:
    """What a model may do that is better than the naive forecast, as good, or worse."""
    if word == BETTER:
        return Decision(passes=True, reason="better than the naive forecast, beyond chance")
    if word == EQUAL and equal_passes:
        return Decision(passes=True, reason="as good as the naive forecast and no better; the gate lets that pass")
    if word == EQUAL:
        return Decision(passes=False, reason="no better than the naive forecast, which is simpler")
    return Decision(passes=False, reason="worse than the naive forecast")
