import math

import numpy as np
import pandas as pd
import pytest

from modelyard.domain import errors
from modelyard.examples import parity
from modelyard.examples.taxi import training

PROMISE = parity.Promise(pd.DataFrame({"miles": [1, 2, 3]}), np.array([100.0, 200.0, 300.0]))


def test_equal_predictions_pass_and_leave_tags() -> None:
    checked = parity.check(PROMISE, [100, 200, 300], where="registry")
    assert checked.tags() == {"parity.registry.rows": "3", "parity.registry.largest_difference": "0"}
    assert "to the last bit" in checked.told()


def test_a_difference_of_rounding_passes_and_is_told() -> None:
    checked = parity.check(PROMISE, [100, 200, 300 + 1e-10], where="endpoint")
    assert 0 < checked.largest_difference < 1e-9
    assert "largest difference 1e-10" in checked.told()


@pytest.mark.parametrize("served", [[100, 200.01, 300], [100, math.nan, 300], [100, math.inf, 300]])
def test_a_skewed_prediction_is_refused_naming_its_row(served: list[float]) -> None:
    with pytest.raises(errors.InvalidState, match=r"The endpoint differs from training in 1 of 3 rows; .* row 2: 200"):
        parity.check(PROMISE, served, where="endpoint")


def test_a_missing_prediction_is_refused() -> None:
    with pytest.raises(errors.InvalidState, match="2 predictions for 3 rows"):
        parity.check(PROMISE, [100, 200], where="endpoint")


def test_a_promise_covers_the_rows_from_first_to_last() -> None:
    requests = pd.DataFrame({"miles": np.arange(1000), "zone": "a"})
    baseline = training.families()[0].build().fit(requests, requests["miles"].astype("float64"))
    promise = parity.promise_of(baseline, requests, wanted=5)
    assert promise.rows["miles"].tolist() == [0, 249, 499, 749, 999]
    assert promise.requests()[1] == {"miles": 249, "zone": "a"}
    assert promise.predictions.tolist() == [499.5] * 5
