from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from modelyard.sdk.client import Client
from tests.support.server import RunningServer, running_server
from tests.support.stocked import register, stock


@dataclass(frozen=True, slots=True)
class Serving:
    """A server with version 1 of each of its models behind an endpoint of the same name: see its fields."""

    server: RunningServer
    linear: str = "linear"
    mixed: str = "mixed"
    odd: str = "odd"
    echo: str = "echo"
    talking: str = "talking"

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with running_server(tmp_path_factory.mktemp("serving")) as server:
        stocked = stock(server)
        with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=120) as http:
            for model in ("mixed", "odd", "echo", "talking"):
                register(http, model, stocked.experiment_id, stocked.run_id)
        with Client(server.url) as client:
            for model in ("linear", "mixed", "odd", "echo", "talking"):
                client.deploy(f"models:/{model}/1", model, wait=False)
            for model in ("linear", "mixed", "odd", "echo", "talking"):
                client.deploy(f"models:/{model}/1", model)
        yield Serving(server)
