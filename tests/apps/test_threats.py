"""What went wrong in products like this one, tried on a whole server: what no test of a part can see."""

import http.client
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from modelyard.protocols.http.routing import Route
from modelyard.protocols.mlflow.routes import ROUTES as MLFLOW
from modelyard.protocols.native.routes import ROUTES as NATIVE
from tests.support.server import RunningServer, running_server

API = "/api/2.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
SECRET = "nobody-may-read-this"
LITERAL = (
    "{{7*7}}",
    "${HOME}",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "%s%n{0}",
    "<script>alert(1)</script>",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("threats")
    (home / "secret").write_text(SECRET)
    with running_server(home) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as opened:
        yield opened


@pytest.fixture
def run(client: httpx.Client) -> str:
    return str(asked(client, "runs/create", experiment_id="0")["run"]["info"]["run_id"])


def asked(client: httpx.Client, path: str, **fields: object) -> Any:
    answer = client.post(f"{API}/{path}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def spelled(
    server: RunningServer, method: str, target: str, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """A request as it stands: no library tidies the path up."""
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)) as connection:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": urlsplit(server.url).netloc, **(headers or {})}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize(
    "place",
    [
        *("file://{home}", "{home}", "../../..", "mlflow-artifacts:/../..", "mlflow-artifacts:/a/%2e%2e/%2e%2e"),
        *("http:///?/../..", "http:///#../..", "s3://b/;../..", "dbfs://x?y", "mlflow-artifacts://evil.example/x", ""),
    ],
)
def test_a_place_that_got_into_the_database_leads_nowhere(
    server: RunningServer, client: httpx.Client, run: str, place: str
) -> None:
    uri = place.format(home=server.data_dir.parent)
    with closing(sqlite3.connect(server.data_dir / "modelyard.db", timeout=30)) as database, database:
        database.execute("UPDATE runs SET artifact_uri = ? WHERE id = ?", (uri, run))
    for answer in (
        client.get("/get-artifact", params={"run_id": run, "path": "secret"}),
        client.get(f"{API}/artifacts/list", params={"run_id": run}),
        client.post(f"{AJAX}/upload-artifact", params={"run_uuid": run, "path": "secret"}, content=b"x"),
        client.post(f"{API}/artifacts/presigned-download-url", json={"run_id": run, "path": "secret"}),
    ):
        assert answer.status_code in (400, 404, 501), answer.text
        assert SECRET not in answer.text
    assert (server.data_dir.parent / "secret").read_text() == SECRET


def test_a_sibling_whose_name_begins_the_same_is_not_inside(client: httpx.Client, run: str) -> None:
    client.put(f"{PROXY}/0/{run}/artifacts-secret/x", content=SECRET.encode())
    client.put(f"{PROXY}/0/{run}/artifacts/x", content=b"mine")
    assert [one["path"] for one in client.get(f"{API}/artifacts/list", params={"run_id": run}).json()["files"]] == ["x"]
    for path in ("-secret/x", "../artifacts-secret/x", "x/../../artifacts-secret/x"):
        answer = client.get("/get-artifact", params={"run_id": run, "path": path})
        assert answer.status_code in (400, 404)
        assert SECRET not in answer.text
    assert client.delete(f"{PROXY}/0/{run}/artifacts").status_code == 200
    assert client.get(f"{PROXY}/0/{run}/artifacts-secret/x").text == SECRET


def test_a_link_in_the_store_is_not_followed(server: RunningServer, client: httpx.Client, run: str) -> None:
    where = f"{PROXY}/0/{run}/artifacts/linked"
    content = b"x" * len(SECRET)
    client.put(where, content=content)
    (stored,) = [path for path in (server.data_dir / "artifacts" / "blobs").rglob("*") if _holds(path, content)]
    stored.unlink()
    stored.symlink_to(server.data_dir.parent / "secret")
    answer = client.get(where)
    assert (answer.status_code, SECRET in answer.text) == (500, False)
    assert answer.json()["error_code"] == "DATA_LOSS"


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


class Payload:
    """Runs when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.marker,))


def test_a_pickle_that_is_stored_registered_and_looked_at_is_never_run(
    client: httpx.Client, run: str, tmp_path: Path
) -> None:
    marker = tmp_path / "pwned"
    document = f"flavors: {{python_function: {{loader_module: os, data: model.pkl}}}}\nrun_id: {run}\n"
    for name, content in (("MLmodel", document.encode()), ("model.pkl", pickle.dumps(Payload(marker)))):
        client.put(f"{PROXY}/0/{run}/artifacts/model/{name}", content=content)
    asked(client, "registered-models/create", name=f"pickled-{run}")
    asked(client, "model-versions/create", name=f"pickled-{run}", source=f"runs:/{run}/model", run_id=run)
    where = {"name": f"pickled-{run}", "version": "1"}
    for name in ("MLmodel", "model.pkl"):
        assert client.get("/model-versions/get-artifact", params={**where, "path": name}).status_code == 200
    assert client.get(f"{API}/model-versions/get-download-uri", params=where).status_code == 200
    assert not marker.exists()


def test_templates_and_commands_are_kept_as_they_are_written(
    server: RunningServer, client: httpx.Client, run: str
) -> None:
    for number, text in enumerate(LITERAL):
        asked(client, "runs/log-parameter", run_id=run, key=f"p{number}", value=text)
        asked(client, "runs/set-tag", run_id=run, key=f"t{number}", value=text)
        asked(client, "runs/update", run_id=run, run_name=text)
        asked(client, "registered-models/create", name=f"{text.replace('/', '')} {run}", description=text)
        read = client.get(f"{API}/runs/get", params={"run_id": run}).json()["run"]
        assert {"key": f"p{number}", "value": text} in read["data"]["params"]
        assert {"key": f"t{number}", "value": text} in read["data"]["tags"]
        assert read["info"]["run_name"] == text
        model = client.get(f"{API}/registered-models/get", params={"name": f"{text.replace('/', '')} {run}"}).json()
        assert model["registered_model"]["description"] == text
    assert list(server.data_dir.parent.rglob("pwned")) == []


@pytest.mark.parametrize(
    "target",
    [
        *("{}/", "/{}", "{};jsessionid=1", "{}%2f", "{}%00", "{}.json", "/x/..{}", "/.{}"),
        *("/API/2.0/MLFLOW/RUNS/SEARCH", "/api/2.0//mlflow/runs/search", "/api/2.0/mlflow/runs/search/../search"),
        *("/api/2.0/mlflow/./runs/search", "/static/../api/2.0/mlflow/runs/search"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_another_spelling_of_a_path_is_another_path(server: RunningServer, target: str, method: str) -> None:
    where = target.format(f"{API}/runs/search")
    status, _ = spelled(server, method, where, {"Content-Type": "application/json", "Content-Length": "0"})
    assert status in (400, 404, 405)


def test_what_a_route_does_not_answer_is_refused(server: RunningServer) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
        status, _ = spelled(server, method, f"{API}/runs/get", {"Content-Length": "0"})
        assert status in (400, 404, 405), method


def _changing() -> list[tuple[str, str]]:
    routes: list[Route[Any]] = [*MLFLOW, *NATIVE]
    told = [(route.method, route.path) for route in routes if route.method != "GET"]
    return [(method, path.replace(":path", "").replace("{", "").replace("}", "")) for method, path in told]


@pytest.mark.parametrize(
    "media", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"]
)
def test_no_foreign_page_changes_anything_by_a_form(client: httpx.Client, media: str) -> None:
    headers = {"content-type": media, "origin": "https://evil.example", "cookie": "session=victim"}
    statuses = {
        (method, path): client.request(method, path, headers=headers, content=b"name=x").status_code
        for method, path in _changing()
    }
    assert len(statuses) > 100
    assert {key: status for key, status in statuses.items() if status != 403} == {}


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_foreign_page_opens_no_websocket(server: RunningServer, origin: str) -> None:
    asks = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "eA=="}
    status, _ = spelled(server, "GET", "/health", {**asks, "Origin": origin})
    assert status == 403


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.xhtml", "x.ipynb", "x.md", "x.xml", "x.js", "MLmodel", "x.pdf"])
def test_an_artifact_runs_in_no_browser(client: httpx.Client, run: str, name: str) -> None:
    client.put(f"{PROXY}/0/{run}/artifacts/{name}", content=b"<svg onload=alert(1)><script>alert(1)</script>")
    for answer in (
        client.get(f"{PROXY}/0/{run}/artifacts/{name}"),
        client.get("/get-artifact", params={"run_id": run, "path": name}),
    ):
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize(
    "path", ["/<script>alert(1)</script>", "/api/v1/<svg onload=alert(1)>", f"{API}/<b>", "/health/<b>"]
)
def test_what_is_quoted_in_a_refusal_is_no_page(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].partition(";")[0] in ("application/json", "text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_a_proxy_may_say_is_not_believed(server: RunningServer) -> None:
    forwarded = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-For": "127.0.0.1",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/api/v1/server",
        "X-HTTP-Method-Override": "DELETE",
    }
    for path in ("/api/v1/server", "/health", f"{API}/experiments/get?experiment_id=0"):
        plain, told = spelled(server, "GET", path), spelled(server, "GET", path, forwarded)
        assert plain == told
        assert b"evil" not in told[1]
    believed = {"Host": "evil.example", "X-Forwarded-Host": urlsplit(server.url).netloc}
    assert spelled(server, "GET", "/health", believed)[0] == 403


def test_files_are_their_owners_only(server: RunningServer, client: httpx.Client, run: str) -> None:
    client.put(f"{PROXY}/0/{run}/artifacts/kept", content=b"kept")
    open_to_others = {
        str(path.relative_to(server.data_dir)): oct(path.lstat().st_mode & 0o777)
        for path in (server.data_dir, *server.data_dir.rglob("*"))
        if not path.is_symlink() and path.lstat().st_mode & 0o022
    }
    assert open_to_others == {}
    assert server.data_dir.stat().st_mode & 0o077 == 0


def test_what_strangers_send_with_their_requests_is_not_logged(server: RunningServer, client: httpx.Client) -> None:
    words = {"authorization": "Bearer top-secret", "cookie": "session=top-secret", "x-api-key": "top-secret"}
    for path in ("/api/v1/nowhere", f"{API}/runs/get?run_id=none", "/health"):
        client.get(path, headers=words)
    client.post(
        f"{API}/webhooks", json={"name": "h", "url": "ftp://u:top-secret@x", "events": [], "secret": "top-secret"}
    )
    server.until_logged("/webhooks")
    assert "top-secret" not in server.logs()
