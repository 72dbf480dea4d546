"""A model of LightGBM is asked past scikit-learn's checks where that cannot change an answer."""

from typing import Any

import lightgbm
import numpy as np
import pytest

from modelyard.serving.shim.runtimes import lightgbm as runtime

ROWS = np.random.default_rng(0).normal(size=(200, 4))
VALUES = ROWS[:, 0] - ROWS[:, 1] ** 2
KINDS = np.array(["few", "some", "many"])[np.digitize(VALUES, [-1, 0])]
SMALL: dict[str, Any] = {"n_estimators": 10, "min_child_samples": 5, "n_jobs": 1, "verbose": -1}


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (lightgbm.LGBMRegressor, VALUES),
        (lightgbm.LGBMClassifier, VALUES > 0),
        (lightgbm.LGBMClassifier, KINDS),
        (lightgbm.LGBMClassifier, np.where(VALUES > 0, 7, -7)),
    ],
)
def test_past_the_checks_the_answers_are_the_same(kind: Any, answers: Any) -> None:
    model = kind(**SMALL).fit(ROWS, answers)
    asked = runtime._past_checks(model)
    assert asked != model.predict
    missing = np.where(ROWS > 1, np.nan, ROWS)
    for rows in (ROWS, ROWS[:1], missing):
        ours, theirs = asked(rows), model.predict(rows)
        assert ours.dtype == theirs.dtype
        assert (ours == theirs).all()


class Own(lightgbm.LGBMRegressor):  # type: ignore[misc]
    """Which may answer otherwise."""


def test_what_may_change_an_answer_keeps_the_way_through_the_checks() -> None:
    fitted = [
        Own(**SMALL).fit(ROWS, VALUES),
        lightgbm.LGBMClassifier(**SMALL, pred_early_stop=True).fit(ROWS, KINDS),
        lightgbm.LGBMRegressor(**SMALL, predict_raw_score=True).fit(ROWS, VALUES),
        lightgbm.LGBMRegressor(**SMALL, objective=lambda true, given: (given - true, np.ones_like(true))).fit(
            ROWS, VALUES
        ),
    ]
    for model in fitted:
        assert runtime._past_checks(model) == model.predict
