import asyncio
import contextlib
import http.client
import os
import re
import socket
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.conditions import until
from tests.support.server import RunningServer, running_server
from tests.support.streams import noise

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
API = "/api/2.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"

DOTS = ("..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "%25252e%25252e", ".%252e", "%2e%252E", "%252525252e.")
SEPARATORS = ("/", "%2f", "%252f", "%25252F", "%5c", "%255c", "\\")
BEGINNINGS = ("", "a/", "a/b/", "%2e/", "1%2f")
OTHERS = (
    *("/etc/passwd", "%2fetc/passwd", "%252fetc%252fpasswd", "C:%5cx", "C:/x", "%5c%5chost%5cshare"),
    *(
        "a%00b",
        "a%2500b",
        "file:///etc/passwd",
        "file:%2f%2f/etc/passwd",
        "a%23b",
        "a%01",
        "a/..",
        "..",
        "%" + "25" * 12 + "2e./x",
    ),
)
ATTACKS = [f"{start}{dots}{by}etc/passwd" for start, dots, by in product(BEGINNINGS, DOTS, SEPARATORS)] + list(OTHERS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as opened:
        yield opened


@pytest.fixture
def run(client: httpx.Client) -> str:
    answer = client.post(f"{API}/runs/create", json={"experiment_id": "0"})
    return str(answer.json()["run"]["info"]["run_id"])


def root(run: str) -> str:
    return f"{PROXY}/0/{run}/artifacts"


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


def test_a_file_goes_up_and_comes_down(client: httpx.Client, run: str) -> None:
    content = noise(1, 3_000_000)
    answer = client.put(f"{root(run)}/model/weights.bin", content=content)
    assert (answer.status_code, answer.content) == (200, b"")
    answer = client.get(f"{root(run)}/model/weights.bin")
    assert answer.content == content
    assert answer.headers["content-length"] == "3000000"
    assert answer.headers["content-disposition"] == "attachment; filename=weights.bin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_part_can_be_asked_for_and_the_headers_alone(client: httpx.Client, run: str) -> None:
    client.put(f"{root(run)}/a.txt", content=b"0123456789")
    part = client.get(f"{root(run)}/a.txt", headers={"range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    head = client.head(f"{root(run)}/a.txt")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    known = client.get(f"{root(run)}/a.txt", headers={"if-none-match": head.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_an_empty_file_is_a_file(client: httpx.Client, run: str) -> None:
    assert client.put(f"{root(run)}/empty", content=b"").status_code == 200
    answer = client.get(f"{root(run)}/empty")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    listed = client.get(PROXY, params={"path": f"0/{run}/artifacts"}).json()
    assert listed == {"files": [{"path": "empty", "is_dir": False}]}


def test_the_proxy_lists_names_and_the_run_lists_paths(client: httpx.Client, run: str) -> None:
    for path in ("model/MLmodel", "model/data/x", "a.txt"):
        client.put(f"{root(run)}/{path}", content=b"abc")
    proxied = client.get(PROXY, params={"path": f"0/{run}/artifacts/model"}).json()
    assert proxied["files"] == [
        {"path": "MLmodel", "is_dir": False, "file_size": 3},
        {"path": "data", "is_dir": True},
    ]
    for name in ("run_id", "run_uuid"):
        listed = client.get(f"{API}/artifacts/list", params={name: run, "path": "model"}).json()
        assert listed == {
            "root_uri": f"mlflow-artifacts:/0/{run}/artifacts",
            "files": [
                {"path": "model/MLmodel", "is_dir": False, "file_size": 3},
                {"path": "model/data", "is_dir": True},
            ],
        }
    top = client.get(f"{AJAX}/artifacts/list", params={"run_id": run}).json()
    assert [one["path"] for one in top["files"]] == ["a.txt", "model"]


def test_what_is_not_there_lists_nothing_and_is_not_found(client: httpx.Client, run: str) -> None:
    assert client.get(PROXY, params={"path": "no/such"}).json() == {}
    assert "files" not in client.get(f"{API}/artifacts/list", params={"run_id": run}).json()
    assert refusal(client.get(f"{root(run)}/none")) == (404, "RESOURCE_DOES_NOT_EXIST")
    unknown = client.get(f"{API}/artifacts/list", params={"run_id": "0" * 32})
    assert refusal(unknown) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_directory_is_no_file(client: httpx.Client, run: str) -> None:
    client.put(f"{root(run)}/d/x", content=b"1")
    assert refusal(client.get(f"{root(run)}/d")) == (400, "INVALID_PARAMETER_VALUE")
    assert refusal(client.put(f"{root(run)}/d", content=b"1")) == (400, "INVALID_PARAMETER_VALUE")
    assert refusal(client.put(f"{root(run)}/d/x/y", content=b"1")) == (400, "INVALID_PARAMETER_VALUE")


def test_delete_takes_files_and_directories(client: httpx.Client, run: str) -> None:
    for path in ("d/x", "d/y/z", "e"):
        client.put(f"{root(run)}/{path}", content=b"1")
    assert client.delete(f"{root(run)}/d").json() == {}
    assert client.delete(f"{root(run)}/d").status_code == 200
    listed = client.get(f"{API}/artifacts/list", params={"run_id": run}).json()
    assert [one["path"] for one in listed["files"]] == ["e"]


def test_a_run_s_file_can_be_fetched_by_its_path(client: httpx.Client, run: str) -> None:
    client.put(f"{root(run)}/notes/a b.md", content=b"# hi")
    for name in ("run_id", "run_uuid"):
        answer = client.get("/get-artifact", params={name: run, "path": "notes/a b.md"})
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"# hi", "text/plain")
    missing = client.get("/get-artifact", params={"run_id": run})
    assert refusal(missing) == (400, "INVALID_PARAMETER_VALUE")


def test_a_page_can_upload_a_small_file_to_a_run(client: httpx.Client, run: str) -> None:
    where = {"run_uuid": run, "path": "notes/n.txt"}
    assert client.post(f"{AJAX}/upload-artifact", params=where, content=b"note").status_code == 200
    assert client.get(f"{root(run)}/notes/n.txt").content == b"note"
    assert refusal(client.post(f"{AJAX}/upload-artifact", params=where)) == (400, "INVALID_PARAMETER_VALUE")
    big = client.post(f"{AJAX}/upload-artifact", params=where, content=bytes((10 << 20) + 1))
    assert refusal(big) == (400, "INVALID_PARAMETER_VALUE")
    assert big.json()["message"].startswith("Artifact size is too large")
    assert refusal(client.post(f"{AJAX}/upload-artifact", params={"path": "x"}, content=b"1"))[0] == 400


def test_a_form_is_no_file(client: httpx.Client, run: str) -> None:
    where = {"run_uuid": run, "path": "form"}
    for sent in ({"data": {"a": "1"}}, {"files": {"file": b"note"}}):
        answer = client.post(f"{AJAX}/upload-artifact", params=where, **sent)
        assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"] == "Request must specify data."
    assert client.get(f"{root(run)}/form").status_code == 404


def test_multipart_is_refused_in_the_words_that_clients_look_for(client: httpx.Client) -> None:
    for step in ("create", "complete", "abort"):
        answer = client.post(f"/api/2.0/mlflow-artifacts/mpu/{step}/0/x", json={})
        assert refusal(answer) == (501, "NOT_IMPLEMENTED")
        assert answer.json()["message"].startswith(
            "Multipart upload is not supported for the current artifact repository"
        )
    assert client.get("/api/2.0/mlflow-artifacts/presigned/0/x").status_code == 501


@pytest.mark.parametrize("kind", ["upload", "download"])
def test_a_directory_has_no_urls_to_give(client: httpx.Client, run: str, kind: str) -> None:
    answer = client.post(f"{API}/artifacts/presigned-{kind}-url", json={"run_id": run, "path": "a"})
    assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert answer.json()["message"].startswith(f"Presigned {kind} is not supported for ")
    assert "proxied artifact storage (artifact URI scheme: mlflow-artifacts)" in answer.json()["message"]


def test_artifacts_elsewhere_are_left_to_the_client(client: httpx.Client) -> None:
    made = client.post(
        f"{API}/experiments/create", json={"name": os.urandom(8).hex(), "artifact_location": "s3://bucket/x"}
    ).json()
    run = client.post(f"{API}/runs/create", json=made).json()["run"]["info"]["run_id"]
    answer = client.get(f"{API}/artifacts/list", params={"run_id": run})
    assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert "not kept by this server" in answer.json()["message"]


def test_a_logged_model_s_files_are_listed_and_fetched(client: httpx.Client) -> None:
    answer = client.post(f"{API}/logged-models", json={"experiment_id": "0", "name": "m"})
    model = answer.json()["model"]["info"]
    where = model["artifact_uri"].removeprefix("mlflow-artifacts:")
    client.put(f"{PROXY}{where}/MLmodel", content=b"flavors: {}")
    model_id = model["model_id"]
    listed = client.get(f"{API}/logged-models/{model_id}/artifacts/directories").json()
    assert listed["files"] == [{"path": "MLmodel", "is_dir": False, "file_size": 11}]
    assert listed["root_uri"] == model["artifact_uri"]
    fetched = client.get(f"{AJAX}/logged-models/{model_id}/artifacts/files", params={"artifact_file_path": "MLmodel"})
    assert (fetched.content, fetched.headers["content-type"]) == (b"flavors: {}", "text/plain")


def test_a_model_version_s_file_is_fetched(client: httpx.Client, run: str) -> None:
    client.put(f"{root(run)}/model/MLmodel", content=b"flavors: {}")
    name = os.urandom(8).hex()
    client.post(f"{API}/registered-models/create", json={"name": name})
    source = f"mlflow-artifacts:/0/{run}/artifacts/model"
    for place in (source, f"runs:/{run}/model"):
        made = client.post(f"{API}/model-versions/create", json={"name": name, "source": place, "run_id": run})
        assert made.status_code == 200
    where = {"name": name, "version": "1", "path": "MLmodel"}
    assert client.get("/model-versions/get-artifact", params=where).content == b"flavors: {}"
    assert client.get("/model-versions/get-artifact", params={**where, "version": "2"}).content == b"flavors: {}"
    assert client.get("/model-versions/get-artifact", params={**where, "version": "3"}).status_code == 404
    assert client.get("/model-versions/get-artifact", params={**where, "version": "x"}).status_code == 400


def requests_with(path: str, run: str, model: str) -> list[tuple[str, str]]:
    """Everything that takes a path, with the path as it would stand there on the wire."""
    asked = path.replace("\\", "%5c").replace("#", "%23")
    return [
        *((verb, f"{PROXY}/{path}") for verb in ("GET", "PUT", "DELETE")),
        ("GET", f"{PROXY}?path={asked}"),
        ("POST", f"/api/2.0/mlflow-artifacts/mpu/create/{path}"),
        ("GET", f"/get-artifact?run_id={run}&path={asked}"),
        ("GET", f"{API}/artifacts/list?run_id={run}&path={asked}"),
        ("POST", f"{AJAX}/upload-artifact?run_uuid={run}&path={asked}"),
        ("GET", f"{AJAX}/logged-models/{model}/artifacts/files?artifact_file_path={asked}"),
        ("GET", f"{API}/logged-models/{model}/artifacts/directories?artifact_directory_path={asked}"),
    ]


def test_no_encoding_of_a_path_leads_out(server: RunningServer, client: httpx.Client, run: str) -> None:
    assert len(ATTACKS) > 300
    made = client.post(f"{API}/logged-models", json={"experiment_id": "0", "name": "m"}).json()
    model = made["model"]["info"]["model_id"]
    outside = everything_but_data(server)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    passed = []
    for attack in ATTACKS:
        for verb, target in requests_with(attack, run, model):
            connection.putrequest(verb, target.replace("\\", "%5c"), skip_accept_encoding=True)
            connection.putheader("Content-Length", "4" if verb in ("PUT", "POST") else "0")
            connection.endheaders(b"evil" if verb in ("PUT", "POST") else None)
            answer = connection.getresponse()
            if answer.status != 400 or b"INVALID_PARAMETER_VALUE" not in answer.read():
                passed.append((verb, target, answer.status))
            answer.read()
    connection.close()
    assert passed == []
    assert everything_but_data(server) == outside
    assert client.get("/health").status_code == 200


def everything_but_data(server: RunningServer) -> set[Path]:
    home = server.data_dir.parent
    return {path for path in home.rglob("*") if not path.is_relative_to(server.data_dir)}


def peak_memory(server: RunningServer) -> int:
    """Bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) << 10


def test_memory_does_not_grow_with_the_file(server: RunningServer, client: httpx.Client, run: str) -> None:
    def body() -> Iterator[bytes]:
        for number in range(200):
            yield number.to_bytes(2, "big") * (1 << 19)

    client.put(f"{root(run)}/warm", content=bytes(4 << 20))
    client.get(f"{root(run)}/warm")
    before = peak_memory(server)
    assert client.put(f"{root(run)}/big", content=body()).status_code == 200
    seen = 0
    with client.stream("GET", f"{root(run)}/big") as answer:
        assert answer.headers["content-length"] == str(200 << 20)
        for piece in answer.iter_bytes():
            seen += len(piece)
    assert seen == 200 << 20
    assert peak_memory(server) - before < 32 << 20


def begin_upload(server: RunningServer, path: str, length: int, sent: bytes) -> socket.socket:
    address = urlsplit(server.url)
    assert address.hostname is not None
    opened = socket.create_connection((address.hostname, address.port or 80), timeout=120)
    opened.sendall(f"PUT {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {length}\r\n\r\n".encode())
    opened.sendall(sent)
    return opened


def uploads(server: RunningServer) -> list[int]:
    """How much of each unfinished upload is on the disk."""
    sizes = []
    for path in (server.data_dir / "artifacts" / "uploads").iterdir():
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return sizes


@pytest.mark.parametrize("sent", [0, 1, 65_536, 1_500_000, 2_999_999])
def test_an_upload_whose_client_goes_leaves_nothing(
    server: RunningServer, client: httpx.Client, run: str, sent: int
) -> None:
    target = f"{root(run)}/cut"
    begin_upload(server, target, 3_000_000, noise(2, sent)).close()
    asyncio.run(until(lambda: not uploads(server)))
    assert client.get(target).status_code == 404


def test_a_server_killed_while_it_receives_has_no_half_file(tmp_path: Path) -> None:
    content = noise(3, 4_000_000)
    path = f"{PROXY}/0/run/artifacts/model.bin"
    with running_server(tmp_path) as server:
        assert httpx.put(f"{server.url}{PROXY}/0/run/artifacts/kept", content=b"kept").status_code == 200
        connection = begin_upload(server, path, len(content), content[:3_000_000])
        asyncio.run(until(lambda: any(size > 1_000_000 for size in uploads(server))))
        server.kill()
        connection.close()
    with running_server(tmp_path) as server:
        assert httpx.get(f"{server.url}{path}").status_code == 404
        assert httpx.get(f"{server.url}{PROXY}/0/run/artifacts/kept").content == b"kept"
        assert httpx.put(f"{server.url}{path}", content=content).status_code == 200
        assert httpx.get(f"{server.url}{path}").content == content


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with running_server(tmp_path, "--max-artifact-size", "1MB") as server:
        answer = httpx.put(f"{server.url}{PROXY}/a", content=bytes(3_000_000))
        assert refusal(answer) == (413, "INVALID_PARAMETER_VALUE")
        assert uploads(server) == []
