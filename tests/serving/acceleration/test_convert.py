"""What counts as the same answer."""

import numpy as np
import pytest

from modelyard.serving.acceleration.convert import TOLERANCE, compare

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
