"""Four classifiers, each with a small grid of settings, compared by five-fold cross-validation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from modelyard.examples.churn import customers
from modelyard.examples.learners import Classifier
from modelyard.examples.threads import one_native_thread, serving_on_one_core

SEED = 0
FOLDS = 5
Settings = Mapping[str, object]

# What is in these models beyond what skops trusts of itself: fitted trees and trees of neighbours, which
# are arrays of numbers.
TRUSTED_TYPES = (
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
)


@dataclass(frozen=True, slots=True)
class Family:
    """`build` makes an unfitted pipeline, from customers as they are asked about to 0 (stays) or 1 (leaves)."""

    name: str
    grid: Mapping[str, Sequence[object]]
    build: Callable[[Settings], Classifier]

    def combinations(self) -> Iterator[Settings]:
        for values in product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))


@dataclass(frozen=True, slots=True)
class Scores:
    f1: float
    accuracy: float
    roc_auc: float

    def metrics(self) -> dict[str, float]:
        return {"f1": self.f1, "accuracy": self.accuracy, "roc_auc": self.roc_auc}


@dataclass(frozen=True, slots=True)
class Fold:
    """Row positions."""

    number: int
    train: list[int]
    test: list[int]


def folds(people: pd.DataFrame) -> list[Fold]:
    """Each with the same share of leavers; the same for every model, so that scores compare."""
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    parts = splitter.split(people, people[customers.TARGET])
    return [Fold(number, train.tolist(), test.tolist()) for number, (train, test) in enumerate(parts, start=1)]


def score_fold(model: Classifier, people: pd.DataFrame, fold: Fold) -> Scores:
    train, test = people.iloc[fold.train], people.iloc[fold.test]
    with one_native_thread():
        model.fit(train[customers.REQUEST], train[customers.TARGET])
        probability = model.predict_proba(test[customers.REQUEST])[:, 1]
    # What predict would answer, without asking the neighbours twice.
    predicted = probability > 0.5
    actual = test[customers.TARGET]
    return Scores(
        f1=float(f1_score(actual, predicted)),
        accuracy=float(accuracy_score(actual, predicted)),
        roc_auc=float(roc_auc_score(actual, probability)),
    )


def mean(scores: Sequence[Scores]) -> Scores:
    return Scores(
        f1=float(np.mean([score.f1 for score in scores])),
        accuracy=float(np.mean([score.accuracy for score in scores])),
        roc_auc=float(np.mean([score.roc_auc for score in scores])),
    )


def refit(family: Family, settings: Settings, people: pd.DataFrame) -> Classifier:
    """On all customers: the folds have told how good it is, now it may learn from everybody."""
    with one_native_thread():
        model = family.build(settings).fit(people[customers.REQUEST], people[customers.TARGET])
    return serving_on_one_core(model)


def families() -> tuple[Family, ...]:
    balance = [None, "balanced"]
    return (
        Family(
            "k nearest neighbours",
            {"n_neighbors": [5, 15], "weights": ["uniform", "distance"]},
            lambda settings: _with_preprocessing(KNeighborsClassifier(**settings)),
        ),
        Family(
            "logistic regression",
            {"C": [0.1, 1.0], "class_weight": balance},
            lambda settings: _with_preprocessing(LogisticRegression(**settings, max_iter=1000)),
        ),
        Family(
            "decision tree",
            {"max_depth": [4, 6], "class_weight": balance},
            lambda settings: _with_preprocessing(DecisionTreeClassifier(**settings, random_state=SEED)),
        ),
        Family(
            "random forest",
            {"min_samples_leaf": [1, 5], "class_weight": balance},
            lambda settings: _with_preprocessing(
                RandomForestClassifier(**settings, n_estimators=40, random_state=SEED, n_jobs=-1)
            ),
        ),
    )


def _with_preprocessing(estimator: Classifier) -> Classifier:
    """Inside the model, so that it is fitted on the training folds alone and travels along when served."""
    preprocessing = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore"), customers.CATEGORIES),
            ("numbers", StandardScaler(), customers.NUMBERS),
        ]
    )
    pipeline: Classifier = make_pipeline(preprocessing, estimator)
    return pipeline
