from collections.abc import Iterator

import mlflow
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

RNG = np.random.default_rng(7)
X = RNG.normal(size=(80, 3))
Y = (X[:, 0] + 0.3 * RNG.normal(size=80) > 0).astype(int)


@pytest.fixture
def autolog(client: mlflow.MlflowClient) -> Iterator[None]:
    mlflow.sklearn.autolog(log_models=False, silent=True)
    yield
    mlflow.sklearn.autolog(disable=True, silent=True)


def test_autologging_a_fit(client: mlflow.MlflowClient, experiment: str, autolog: None) -> None:
    with mlflow.start_run(experiment_id=experiment) as run:
        LogisticRegression(C=0.5).fit(X, Y)
    data = client.get_run(run.info.run_id).data
    assert data.params["C"] == "0.5"
    assert data.metrics["training_accuracy_score"] > 0.7
    assert data.tags["estimator_name"] == "LogisticRegression"


def test_autologging_a_search_makes_child_runs(client: mlflow.MlflowClient, experiment: str, autolog: None) -> None:
    with mlflow.start_run(experiment_id=experiment) as run:
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=2).fit(X, Y)
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert {child.data.params["C"] for child in children} == {"0.1", "1.0", "10.0"}
    assert client.get_run(run.info.run_id).data.params["best_C"] in {"0.1", "1.0", "10.0"}
