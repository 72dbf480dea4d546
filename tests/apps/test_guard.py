import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.server import RunningServer, running_server

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = ("/healthz/live", "/api/2.0/mlflow/experiments/create", "/api/v1/endpoints/x", "/v2/models/x/infer", "/nowhere")
NAME = "models.example"
PAGE = "https://app.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("guarded"), "--allowed-hosts", NAME, "--allowed-origins", PAGE) as one:
        yield one


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost.evil"},
        {"host": NAME, "origin": f"http://{NAME}.evil"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", PATHS)
def test_foreign_hosts_and_origins_are_refused_on_every_method(
    server: RunningServer, headers: dict[str, str], path: str
) -> None:
    with httpx.Client(base_url=server.url, headers=headers) as browser:
        statuses = {method: browser.request(method, path).status_code for method in METHODS}
    assert statuses == dict.fromkeys(METHODS, 403)


@pytest.mark.parametrize("headers", [{}, {"host": "localhost"}, {"host": NAME, "origin": PAGE}], ids=str)
def test_our_own_hosts_and_origins_are_let_in(server: RunningServer, headers: dict[str, str]) -> None:
    assert httpx.get(f"{server.url}/healthz/live", headers=headers).is_success


def test_pages_that_were_allowed_may_ask_first_and_read_the_answer(server: RunningServer) -> None:
    headers = {"origin": PAGE, "access-control-request-method": "POST", "access-control-request-headers": "x-a"}
    asked = httpx.options(f"{server.url}/api/2.0/mlflow/runs/create", headers=headers)
    assert asked.is_success
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert asked.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert asked.headers["access-control-allow-headers"] == "x-a"
    read = httpx.get(f"{server.url}/version", headers={"origin": PAGE})
    assert (read.headers["access-control-allow-origin"], read.headers["vary"]) == (PAGE, "Origin")
    assert "access-control-allow-origin" not in httpx.get(f"{server.url}/version").headers


def test_the_servers_own_pages_may_call_it(server: RunningServer) -> None:
    assert httpx.get(f"{server.url}/healthz/live", headers={"origin": server.url}).is_success


def test_strangers_are_let_in_on_purpose(tmp_path: Path) -> None:
    with running_server(tmp_path, "--host", "0.0.0.0", "--insecure-no-auth") as server:  # noqa: S104 - that is the point
        assert httpx.get(f"{server.url}/healthz/ready").is_success
        foreign = httpx.get(f"{server.url}/healthz/ready", headers={"host": "evil.example"})
        assert foreign.status_code == 403
        named = httpx.get(f"{server.url}/healthz/ready", headers={"host": socket.gethostname()})
        assert named.is_success
