"""scikit-learn has no types of its own; this is the little of it the stories lean on."""

from typing import Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Learner(Protocol):
    """Anything with fit and predict: an estimator, or a pipeline that ends in one."""

    def fit(self, features: pd.DataFrame, target: "pd.Series[float]", /) -> Self: ...

    def get_params(self) -> dict[str, object]: ...

    def set_params(self, **params: object) -> Self: ...

    def predict(self, features: pd.DataFrame, /) -> NDArray[np.float64]: ...


class Classifier(Learner, Protocol):
    """A learner of classes that also says how sure it is: one column a class, in rising order."""

    def predict_proba(self, features: pd.DataFrame, /) -> NDArray[np.float64]: ...
