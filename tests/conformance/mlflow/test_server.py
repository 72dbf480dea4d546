import httpx
import pytest
from packaging.version import Version

from tests.support.mlflow_errors import refusal
from tests.support.server import RunningServer


def test_health_is_two_letters(server: RunningServer) -> None:
    assert httpx.get(f"{server.url}/health").text == "OK"


def test_the_version_is_one_that_clients_can_read(server: RunningServer) -> None:
    assert Version(httpx.get(f"{server.url}/version").text).major == 3


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_server_info_promises_nothing_that_is_not_there(server: RunningServer, prefix: str) -> None:
    info = httpx.get(f"{server.url}{prefix}/3.0/mlflow/server-info").json()
    assert info["multipart_uploads_enabled"] is False
    assert info["multipart_downloads_enabled"] is False
    assert info["workspaces_enabled"] is False


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/nothing", "/ajax-api/3.0/mlflow/gateway/secrets/list", "/graphql"])
def test_unknown_endpoints_are_refused_in_mlflows_words(server: RunningServer, path: str) -> None:
    assert refusal(httpx.get(server.url + path)) == (404, "ENDPOINT_NOT_FOUND")


def test_a_wrong_method_is_refused(http: httpx.Client) -> None:
    reply = http.get("runs/create")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST, OPTIONS")


def test_what_a_path_answers_can_be_asked(http: httpx.Client) -> None:
    reply = http.options("experiments/search")
    assert (reply.status_code, reply.headers["allow"]) == (200, "GET, POST, HEAD, OPTIONS")
    assert http.options("nowhere").status_code == 404


def test_answers_say_that_they_are_what_they_are(http: httpx.Client) -> None:
    reply = http.get("experiments/get", params={"experiment_id": "0"})
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_both_prefixes_answer(server: RunningServer, prefix: str) -> None:
    reply = httpx.get(f"{server.url}{prefix}/2.0/mlflow/experiments/get", params={"experiment_id": "0"})
    assert reply.json()["experiment"]["name"] == "Default"
