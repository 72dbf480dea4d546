"""A server of MLflow's and one of ours, asked the same; only where this is asked for, since it takes minutes."""

import os
from collections.abc import Iterator

import httpx
import pytest

from tests.conformance.differential.servers import mlflow_server
from tests.support.server import running_server

WANTED = os.environ.get("MODELYARD_CONFORMANCE") == "1"
PATIENCE = 60.0

collect_ignore_glob = [] if WANTED else ["test_*.py"]


@pytest.fixture(scope="package")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with mlflow_server(tmp_path_factory.mktemp("theirs")) as url, httpx.Client(base_url=url, timeout=PATIENCE) as http:
        yield http


@pytest.fixture(scope="package")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        running_server(tmp_path_factory.mktemp("ours")) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE) as http,
    ):
        yield http
