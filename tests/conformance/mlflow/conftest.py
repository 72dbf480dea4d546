"""One server for all tests of the package, asked by the stock client and by plain HTTP."""

import itertools
import os
from collections.abc import Iterator

import httpx
import mlflow
import pytest

from tests.support.server import RunningServer, running_server

_numbers = itertools.count()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("mlflow")) as running, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
            patch.delenv(name)
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")  # an error is to be seen, not waited for
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_TRACKING_URI", running.url)
        mlflow.set_tracking_uri(running.url)
        yield running
        mlflow.set_tracking_uri(None)


@pytest.fixture
def client(server: RunningServer) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(server.url)


@pytest.fixture(scope="package")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/2.0/mlflow/") as raw:
        yield raw


@pytest.fixture
def name() -> str:
    """A name nothing has yet."""
    return f"thing-{next(_numbers)}"


@pytest.fixture
def experiment(client: mlflow.MlflowClient, name: str) -> str:
    created: str = client.create_experiment(f"experiment-of-{name}")
    return created


@pytest.fixture
def run(client: mlflow.MlflowClient, experiment: str) -> str:
    created: str = client.create_run(experiment).info.run_id
    return created
