"""The stock MLflow client as the stories use it: any MLflow server would do."""

import logging
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as installed_version

import httpx
import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
)
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.utils.mlflow_tags import (
    MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER,
    MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME,
    MLFLOW_PARENT_RUN_ID,
)
from numpy.typing import NDArray

from modelyard.domain import errors
from modelyard.examples.learners import Learner

CHAMPION = "champion"
# What a served model needs and no more, so that its environment is made in seconds.
REQUIREMENTS = ("mlflow-skinny", "numpy", "pandas", "scikit-learn", "scipy", "skops")


@dataclass(frozen=True, slots=True)
class LoggedModel:
    uri: str
    model_id: str
    run_id: str


def connect(url: str, experiment: str, primary: str, *, greater_is_better: bool) -> str:
    """Point the client at the server and return the experiment's id, made if it is new.

    Pages show its best run by the metric `primary`.

    Raises Unavailable when nothing answers there; the client alone would go on trying for minutes.
    """
    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise errors.Unavailable(f"No server answers at {url} ({failure}). Start one with: modelyard up") from failure
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    experiment_id: str = mlflow.set_experiment(experiment).experiment_id
    mlflow.set_experiment_tag(MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME, primary)
    mlflow.set_experiment_tag(MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER, greater_is_better)
    return experiment_id


@contextmanager
def translated_errors(url: str) -> Iterator[None]:
    """What the server refused, or did not answer, in our words."""
    try:
        yield
    except MlflowException as failure:
        raise errors.Unavailable(f"MLflow could not go on with the server at {url}: {failure.message}") from failure


@contextmanager
def run_of(experiment_id: str, name: str, *, parent_id: str | None = None) -> Iterator[str]:
    """A run of one's own for as long as the block lasts, without being the active one; yields its id."""
    client = MlflowClient()
    tags = {MLFLOW_PARENT_RUN_ID: parent_id} if parent_id else {}
    run_id: str = client.create_run(experiment_id, run_name=name, tags=tags).info.run_id
    try:
        yield run_id
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)


def log(run_id: str, *, params: Mapping[str, object], metrics: Mapping[str, float]) -> None:
    """Everything about a run in one request."""
    now = int(time.time() * 1000)
    MlflowClient().log_batch(
        run_id,
        metrics=[Metric(key, value, now, 0) for key, value in metrics.items()],
        params=[Param(key, str(value)) for key, value in params.items()],
    )


def log_model(
    model: Learner, *, example: pd.DataFrame, signature: ModelSignature, trusted_types: Sequence[str]
) -> LoggedModel:
    """Log into the active run, as skops: a file of data and named types, of which only the listed ones are built.

    Raises MlflowException when the model holds a type that is neither listed nor trusted by skops itself.
    """
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=signature,
        input_example=example,
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
        skops_trusted_types=list(trusted_types),
        pip_requirements=[f"{package}=={installed_version(package)}" for package in REQUIREMENTS],
    )
    return LoggedModel(uri=logged.model_uri, model_id=logged.model_id, run_id=logged.run_id)


def register(name: str, logged: LoggedModel, *, tags: Mapping[str, str]) -> int:
    """The next version of the model, which is made if it is new."""
    client = MlflowClient()
    try:
        client.create_registered_model(name)
    except MlflowException as failure:
        if failure.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    created = client.create_model_version(
        name, source=logged.uri, run_id=logged.run_id, model_id=logged.model_id, tags=dict(tags)
    )
    return int(created.version)


def predictions_of_version(name: str, version: int, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Load the version from the registry, as whoever serves it will, and let it predict."""
    model = mlflow.pyfunc.load_model(f"models:/{name}/{version}")
    return np.asarray(model.predict(rows), dtype=np.float64)


def tag_version(name: str, version: int, tags: Mapping[str, str]) -> None:
    client = MlflowClient()
    for key, value in tags.items():
        client.set_model_version_tag(name, str(version), key, value)


def make_champion(name: str, version: int) -> None:
    MlflowClient().set_registered_model_alias(name, CHAMPION, str(version))


def move_to_stage(name: str, version: int, stage: str) -> None:
    """Stages are deprecated in favour of aliases, but teams have built their processes on them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        MlflowClient().transition_model_version_stage(name, str(version), stage, archive_existing_versions=True)
