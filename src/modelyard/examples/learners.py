"""scikit-learn has no types of its own; this is the little of it the stories lean on."""

from typing import Protocol, Self, TypeVar

import joblib  # type: ignore[import-untyped] - has no types of its own
import numpy as np
import pandas as pd
from numpy.typing import NDArray


L = TypeVar("L", bound="Learner")


class Learner(Protocol):
    """Anything with fit and predict: an estimator, or a pipeline that ends in one."""

    def fit(self, features: pd.DataFrame, target: "pd.Series[float]", /) -> Self: ...

    def predict(self, features: pd.DataFrame, /) -> NDArray[np.float64]: ...


class Classifier(Learner, Protocol):
    """A learner of classes that also says how sure it is: one column a class, in rising order."""

    def predict_proba(self, features: pd.DataFrame, /) -> NDArray[np.float64]: ...


def fit_on_all_cores(learner: L, features: pd.DataFrame, target: "pd.Series[float]") -> L:
    """Only for now: a model that was told itself to use all cores would also do so for every served request."""
    with joblib.parallel_config(n_jobs=-1):
        return learner.fit(features, target)
