"""One server for all tests of the package, asked by the stock kfp client and by plain HTTP."""

import itertools
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import kfp
import pytest
from kfp import compiler

from tests.support.kfp_pipelines import adder
from tests.support.server import RunningServer, running_server

_numbers = itertools.count()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("kfp")) as running, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KF_")]:
            patch.delenv(name)
        yield running


@pytest.fixture(scope="package")
def client(server: RunningServer) -> kfp.Client:
    return new_client(server)


def new_client(server: RunningServer, **options: str) -> kfp.Client:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # that it is for kfp 2
        return kfp.Client(host=server.url, namespace="kubeflow", **options)


@pytest.fixture(scope="package")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/apis/v2beta1/", timeout=120) as raw:
        yield raw


@pytest.fixture
def name() -> str:
    """A name nothing has yet."""
    return f"thing-{next(_numbers)}"


@pytest.fixture(scope="package")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled pipeline that adds two numbers."""
    path = tmp_path_factory.mktemp("packages") / "adder.yaml"
    compiler.Compiler().compile(adder, str(path))
    return path


@pytest.fixture
def pipeline(client: kfp.Client, package: Path, name: str) -> str:
    """The id of an uploaded pipeline."""
    return str(client.upload_pipeline(str(package), f"pipeline-of-{name}").pipeline_id)


@pytest.fixture
def experiment(client: kfp.Client, name: str) -> str:
    return str(client.create_experiment(f"experiment-of-{name}").experiment_id)
