"""scikit-learn has no types of its own; this is the little of it the stories lean on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self

import joblib  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


class Learner(Protocol):
    """Anything with fit and predict: an estimator, or a pipeline that ends in one."""

    def fit(self, features: pd.DataFrame, target: "pd.Series[float]", /) -> Self: ...

    def predict(self, features: pd.DataFrame, /) -> NDArray[np.float64]: ...


class Classifier(Learner, Protocol):
    """A learner of classes that also says how sure it is: one column a class, in rising order."""

    def predict_proba(self, features: pd.DataFrame, /) -> NDArray[np.float64]: ...


@contextmanager
def training_threads() -> Iterator[None]:
    """All cores, but only while training: a model told itself to use them would also do so for every served request.

    Trees grow side by side; the native threads inside one step stay off, since on a busy machine they spend minutes
    waiting for each other in what takes a second alone.
    """
    with joblib.parallel_config(backend="threading", n_jobs=-1), threadpool_limits(limits=1):
        yield
