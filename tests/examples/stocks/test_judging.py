import numpy as np
import pytest
from numpy.typing import NDArray

from modelyard.examples.stocks import judging
from modelyard.examples.stocks.judging import BETTER, EQUAL, WORSE

NAIVE = np.tile([0.5, 1.5], 200)
NOISE = np.tile([0.2, -0.2, 0.1, -0.1], 100)


@pytest.mark.parametrize(
    ("errors", "word"),
    [
        (NAIVE - 0.1 + NOISE, BETTER),
        (NAIVE, EQUAL),
        (NAIVE - 0.001 + NOISE, EQUAL),  # may be chance
        (NAIVE + 0.009, EQUAL),  # is no chance, and is nothing
        (NAIVE + 0.02 + NOISE, WORSE),
    ],
)
def test_a_model_is_called_better_only_when_chance_is_an_unlikely_reason(
    errors: NDArray[np.float64], word: str
) -> None:
    assert judging.compare("all", errors, NAIVE).word == word


def test_figures_are_means_in_percent_of_the_price() -> None:
    actual = np.array([200.0, 50.0])
    errors = judging.errors_of(np.array([202.0, 49.0]), actual)
    assert errors.tolist() == [1.0, 2.0]
    found = judging.compare("all", errors, np.array([2.0, 2.0]))
    assert (found.days, found.model, found.naive, found.difference) == (2, 1.5, 2.0, -0.5)
    assert found.standard_error == pytest.approx(0.5)


def test_each_symbol_is_compared_and_then_all() -> None:
    symbols = np.array(["B", "A", "A", "B", "C"])
    found = judging.by_symbol(symbols, np.array([3.0, 1.0, 1.0, 5.0, 9.0]), np.full(5, 2.0))
    assert [(one.of, one.days, one.model) for one in found] == [("A", 2, 1.0), ("B", 2, 4.0), ("all", 5, 3.8)]


@pytest.mark.parametrize(
    ("word", "equal_passes", "passes"),
    [(BETTER, True, True), (BETTER, False, True), (EQUAL, True, True), (EQUAL, False, False), (WORSE, True, False)],
)
def test_the_gate_says_what_it_lets_pass_and_why(word: str, *, equal_passes: bool, passes: bool) -> None:
    decision = judging.gate(word, equal_passes=equal_passes)
    assert decision.passes == passes
    of_equals = "as good" if passes else "no better"
    assert decision.reason.startswith({BETTER: "better", EQUAL: of_equals, WORSE: "worse"}[word])
