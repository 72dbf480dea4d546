"""Estimators of scikit-learn that are known to answer an array as they answer a frame of the same numbers.

Each reads its input through scikit-learn's own check, which makes the same array of both, and looks at nothing else of
it. So mlflow, which hands over a frame, is needed neither to ask them nor to compare answers.
"""

from __future__ import annotations

import sys
from typing import Any

PIPELINE = {"sklearn.pipeline": "Pipeline"}
METHODS = {"predict", "predict_proba", "predict_log_proba"}
PREDICTORS = {
    "sklearn.ensemble": "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor",
    "sklearn.linear_model": "BayesianRidge ElasticNet ElasticNetCV HuberRegressor Lasso LassoCV LinearRegression "
    "LogisticRegression LogisticRegressionCV Perceptron PoissonRegressor Ridge RidgeCV RidgeClassifier SGDClassifier "
    "SGDRegressor",
    "sklearn.naive_bayes": "BernoulliNB GaussianNB MultinomialNB",
    "sklearn.neighbors": "KNeighborsClassifier KNeighborsRegressor",
    "sklearn.neural_network": "MLPClassifier MLPRegressor",
    "sklearn.svm": "LinearSVC LinearSVR SVC SVR",
    "sklearn.tree": "DecisionTreeClassifier DecisionTreeRegressor",
}
CHANGED = {*METHODS, "transform", "_sklearn_output_config"}
TRANSFORMERS = {
    "sklearn.decomposition": "PCA TruncatedSVD",
    "sklearn.preprocessing": "MaxAbsScaler MinMaxScaler Normalizer PolynomialFeatures PowerTransformer "
    "QuantileTransformer RobustScaler StandardScaler",
}


def known(estimator: Any, method: str, columns: list[str]) -> bool:
    """Whether mlflow would answer what `estimator.method` answers, given frames of these columns of numbers."""
    if method not in METHODS:
        return False
    steps = [step for _, step in estimator.steps] if _is(estimator, PIPELINE) else [estimator]
    first, *others = steps
    return (
        _is(steps[-1], PREDICTORS)
        and all(_is(step, TRANSFORMERS) for step in steps[:-1])
        # A frame with other names than the estimator was fitted with is refused; between steps there are only arrays.
        and (not columns or _names(first) in ([], columns))
        and not any(_names(step) for step in others)
    )


def _is(estimator: Any, kinds: dict[str, str]) -> bool:
    """Of one of these very classes, with nothing changed about it that would change its answers or their form."""
    kind = type(estimator)
    module = ".".join(kind.__module__.split(".")[:2])
    listed = kind.__name__ in kinds.get(module, "").split()
    itself = getattr(sys.modules.get(module), kind.__name__, None) is kind
    return listed and itself and not CHANGED & vars(estimator).keys()


def _names(estimator: Any) -> list[str]:
    return [str(name) for name in getattr(estimator, "feature_names_in_", ())]
