"""Five ways to guess how long a ride takes, judged on rides that none of them has seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

from modelyard.examples.learners import Learner
from modelyard.examples.taxi import features
from modelyard.examples.threads import one_native_thread

SEED = 0
TRAINING_SHARE = 0.8
BASELINE = "mean baseline"
Settings = Mapping[str, float | int | str]

# What is in these models beyond what skops trusts of itself: the expression of `features.deriving`, fitted trees, which
# are arrays of numbers, and the input check that boosting keeps for its categories.
TRUSTED_TYPES = (
    "functools.partial",
    "numpy.dtype",
    "operator.methodcaller",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
    "sklearn.tree._tree.Tree",
)


@dataclass(frozen=True, slots=True)
class Family:
    """`build` makes an unfitted pipeline from requests (`features.REQUEST`) to seconds."""

    name: str
    settings: Settings
    build: Callable[[], Learner]


@dataclass(frozen=True, slots=True)
class Split:
    train: pd.DataFrame
    test: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Scores:
    """In seconds."""

    mae: float
    rmse: float


@dataclass(frozen=True, slots=True)
class Fitted:
    family: Family
    model: Learner
    scores: Scores
    fit_seconds: float


def split_by_time(rides: pd.DataFrame) -> Split:
    """The last fifth is the test: a served model, too, only ever meets rides later than those it learned from."""
    ordered = rides.sort_values("pickup_datetime", kind="stable")
    border = int(len(ordered) * TRAINING_SHARE)
    return Split(ordered.iloc[:border], ordered.iloc[border:])


def split_at_random(rides: pd.DataFrame) -> Split:
    """Comparable with published figures, but flattering: the test has neighbours in the training."""
    shuffled = rides.sample(frac=1, random_state=SEED)
    border = int(len(shuffled) * TRAINING_SHARE)
    return Split(shuffled.iloc[:border], shuffled.iloc[border:])


def fit(family: Family, split: Split) -> Fitted:
    with one_native_thread():
        started = perf_counter()
        model = family.build().fit(features.requests(split.train), split.train[features.TARGET])
        fit_seconds = perf_counter() - started
        guessed = model.predict(features.requests(split.test))
    actual = split.test[features.TARGET]
    scores = Scores(float(mean_absolute_error(actual, guessed)), float(root_mean_squared_error(actual, guessed)))
    return Fitted(family, model, scores, fit_seconds)


def families() -> tuple[Family, ...]:
    """The baseline first. Durations are learned as logarithms: what matters is how many per cent longer it takes."""
    ridge: Settings = {"alpha": 1.0}
    tree: Settings = {"max_depth": 10, "min_samples_leaf": 20}
    forest: Settings = {
        "n_estimators": 40,
        "max_depth": 12,
        "min_samples_leaf": 10,
        "max_features": 0.5,
        "max_samples": 0.5,
    }
    boosting: Settings = {"max_iter": 400, "learning_rate": 0.06, "max_leaf_nodes": 31, "l2_regularization": 10.0}
    return (
        Family(BASELINE, {"strategy": "mean"}, lambda: DummyRegressor(strategy="mean")),
        Family("linear", ridge, lambda: _learning_logs(_one_hot(), Ridge(**ridge))),
        Family(
            "decision tree", tree, lambda: _learning_logs(_plain(), DecisionTreeRegressor(**tree, random_state=SEED))
        ),
        Family(
            "random forest",
            forest,
            lambda: _learning_logs(_plain(), RandomForestRegressor(**forest, random_state=SEED)),
        ),
        Family(
            "gradient boosting",
            boosting,
            lambda: _learning_logs(
                _categorical(),
                HistGradientBoostingRegressor(**boosting, categorical_features=[0, 1], random_state=SEED),
            ),
        ),
    )


def _learning_logs(encoding: ColumnTransformer, estimator: Learner) -> Learner:
    pipeline = make_pipeline(features.deriving(), encoding, estimator)
    learner: Learner = TransformedTargetRegressor(pipeline, func=np.log1p, inverse_func=np.expm1)
    return learner


def _one_hot() -> ColumnTransformer:
    miles = make_pipeline(
        FunctionTransformer(np.log1p, feature_names_out="one-to-one"),
        PolynomialFeatures(3, include_bias=False),
        StandardScaler(),
    )
    hours = KBinsDiscretizer(24, strategy="uniform")
    return ColumnTransformer(
        [
            ("zones", OneHotEncoder(handle_unknown="ignore", min_frequency=20), features.ZONES),
            ("calendar", OneHotEncoder(handle_unknown="ignore"), ["weekday", "month", "work"]),
            ("hours", hours, ["hour"]),
            ("miles", miles, ["trip_distance"]),
        ]
    )


def _plain() -> ColumnTransformer:
    return ColumnTransformer([("all", "passthrough", ["trip_distance", *features.ZONES, *features.DERIVED])])


def _categorical() -> ColumnTransformer:
    """Boosting takes at most 255 categories, and reads -1, a zone never seen, as missing."""
    zones = OrdinalEncoder(max_categories=250, handle_unknown="use_encoded_value", unknown_value=-1)
    return ColumnTransformer(
        [("zones", zones, features.ZONES), ("others", "passthrough", ["trip_distance", *features.DERIVED])]
    )
