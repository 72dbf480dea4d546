"""What counts as the same answer."""

from typing import ClassVar

import numpy as np
import pytest
import xgboost

from modelyard.serving.acceleration.convert import TOLERANCE, Refused, boosted_graph, compare, estimator_of

TRUE = np.array([1.0, -250.0, 3.5])


def test_answers_within_single_precision_agree() -> None:
    near = (TRUE * (1 + TOLERANCE / 2)).astype("float32")
    difference = compare(near.reshape(3, 1), TRUE)
    assert difference is not None
    assert 0 < difference <= TOLERANCE


@pytest.mark.parametrize(
    "got",
    [
        TRUE * (1 + 1e-4),
        np.array([1.0, -250.0, np.nan]),
        np.array([1.0, -250.0]),
        np.array([1, -250, 3]),
        np.array(["1", "-250", "3.5"]),
    ],
)
def test_other_answers_do_not(got: np.ndarray) -> None:
    assert compare(got, TRUE) is None


def test_one_other_label_is_one_too_many() -> None:
    labels = np.array([0, 1, 1, 0])
    assert compare(labels.copy(), labels) == 0.0
    assert compare(np.array([0, 1, 1, 1]), labels) is None
    assert compare(np.array([0.0, 1.0, 1.0, 0.0]), labels) is None


def test_words_agree_when_they_are_the_same() -> None:
    words = np.array(["ja", "nö"], dtype=object)
    assert compare(words.copy(), words) == 0.0
    assert compare(np.array(["ja", "no"], dtype=object), words) is None


class Loaded:
    """What mlflow loads, as far as it is looked at."""

    class metadata:  # noqa: N801 - mlflow's name
        flavors: ClassVar = {"python_function": {"loader_module": "mlflow.xgboost"}}

        @staticmethod
        def get_params_schema() -> None:
            return None

    def __init__(self, model: object) -> None:
        self.get_raw_model = lambda: model


def test_a_model_that_reads_a_number_as_missing_stays_as_it_is() -> None:
    usual, zero = (xgboost.XGBRegressor(n_estimators=1, missing=value) for value in (np.nan, 0))
    for model in (usual, zero):
        model.fit(np.eye(3), [1.0, 2.0, 3.0])
    with pytest.raises(Refused, match="takes 0 for a value that is missing"):
        estimator_of(Loaded(zero))
    assert estimator_of(Loaded(usual)) is usual
    with pytest.raises(Refused, match="32 bits"):
        boosted_graph(usual, 3, "float64")
