"""Files in parts over raw HTTP, and URLs to fetch them at: what the server does with requests no client sends, too."""

import asyncio
import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import obstore
import pytest

from tests.fuzz.mutation import body as changed_body
from tests.fuzz.verdict import assert_fine
from tests.protocols.mlflow.test_artifacts import API, ATTACKS, PROXY, peak_memory, refusal
from tests.support.conditions import until
from tests.support.s3 import Bucket, Store
from tests.support.server import RunningServer, running_server
from tests.support.streams import noise

MPU = "/api/2.0/mlflow-artifacts/mpu"
PRESIGNED = "/api/2.0/mlflow-artifacts/presigned"


@pytest.fixture(scope="module")
def bucket(s3: Store) -> Bucket:
    return s3.bucket("raw-http")


@pytest.fixture(scope="module")
def server(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("raw")
    with running_server(home, "--artifacts", bucket.url, env=bucket.env) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as opened:
        yield opened


@pytest.fixture
def run(client: httpx.Client) -> str:
    answer = client.post(f"{API}/runs/create", json={"experiment_id": "0"})
    return str(answer.json()["run"]["info"]["run_id"])


class Sending:
    """A file that a client sends in parts to the directory `where`."""

    def __init__(self, client: httpx.Client, bucket: Bucket, where: str, cut: list[bytes]) -> None:
        self.client, self.where = client, where
        created = self.ask("create", num_parts=len(cut))
        assert created.status_code == 200, created.text
        self.begun: dict[str, Any] = created.json()
        urls = [one["url"] for one in self.begun["credentials"]]
        answers = [bucket.http.put(url, content=part) for url, part in zip(urls, cut, strict=True)]
        self.parts = [
            {"part_number": number, "etag": answer.headers["etag"], "url": url}
            for number, (url, answer) in enumerate(zip(urls, answers, strict=True), start=1)
        ]

    def ask(self, step: str, **fields: object) -> httpx.Response:
        return self.client.post(f"{MPU}/{step}/{self.where}", json={"path": "/data/model.bin", **fields})

    def complete(self) -> httpx.Response:
        return self.ask("complete", upload_id=self.begun["upload_id"], parts=self.parts)

    def abort(self) -> httpx.Response:
        return self.ask("abort", upload_id=self.begun["upload_id"])

    def stored(self) -> httpx.Response:
        return self.client.get(f"{PROXY}/{self.where}/model.bin")


def test_an_upload_is_begun_put_and_completed_as_with_mlflow(client: httpx.Client, run: str, bucket: Bucket) -> None:
    sending = Sending(client, bucket, f"0/{run}/artifacts/deep", [b"first", b"second"])
    assert sending.begun.keys() == {"upload_id", "credentials"}
    assert [one["part_number"] for one in sending.begun["credentials"]] == [1, 2]
    assert sending.stored().status_code == 404
    assert (sending.complete().status_code, sending.complete().json()) == (200, {})
    assert sending.stored().content == b"firstsecond"
    assert sending.abort().json() == {}
    assert sending.stored().content == b"firstsecond"


@pytest.mark.parametrize(
    ("local", "name"), [("a b.bin", "a b.bin"), ("C:\\runs\\x.bin", "x.bin"), ("./d/é", "é"), ("a\\b", "a\\b")]
)
def test_a_file_keeps_its_own_name_whatever_system_it_comes_from(
    client: httpx.Client, run: str, bucket: Bucket, local: str, name: str
) -> None:
    where = f"0/{run}/artifacts"
    begun = client.post(f"{MPU}/create/{where}", json={"path": local, "num_parts": 1}).json()
    put = bucket.http.put(begun["credentials"][0]["url"], content=b"1")
    told = {"path": local, "upload_id": begun["upload_id"], "parts": [{"part_number": 1, "etag": put.headers["etag"]}]}
    assert client.post(f"{MPU}/complete/{where}", json=told).status_code == 200
    assert [one["path"] for one in client.get(PROXY, params={"path": where}).json()["files"]] == [name]


def test_an_upload_of_another_run_or_path_is_not_found_and_not_lost(
    client: httpx.Client, run: str, bucket: Bucket
) -> None:
    sending = Sending(client, bucket, f"0/{run}/artifacts", [b"1"])
    for where in (f"0/{'0' * 32}/artifacts", f"0/{run}/artifacts/x", f"0/{run}"):
        told = {"path": "model.bin", "upload_id": sending.begun["upload_id"], "parts": sending.parts}
        for step in ("complete", "abort"):
            answer = client.post(f"{MPU}/{step}/{where}", json=told)
            assert refusal(answer) == (404, "RESOURCE_DOES_NOT_EXIST")
    for unknown in ("", "u", "../blobs", "0" * 32):
        assert refusal(sending.ask("complete", upload_id=unknown, parts=sending.parts))[0] == 404
    assert sending.complete().status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"num_parts": 0},
        {"num_parts": -1},
        {"num_parts": 10_001},
        {"num_parts": "many"},
        {"num_parts": 1.5},
        {"num_parts": 1, "path": ""},
        {"num_parts": 1, "path": "/"},
        {"num_parts": 1, "path": ".."},
        {"num_parts": 1, "path": "a\nb"},
        {"num_parts": 1, "path": 5},
        {"num_parts": 1, "path": "x" * 256},
    ],
)
def test_an_upload_that_cannot_be_is_not_begun(
    client: httpx.Client, run: str, bucket: Bucket, fields: dict[str, object]
) -> None:
    before = bucket.keys()
    answer = client.post(f"{MPU}/create/0/{run}/artifacts", json={"path": "model.bin", **fields})
    assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert bucket.keys() == before


@pytest.mark.parametrize(
    "parts",
    [
        None,
        [],
        "all",
        [5],
        [{}],
        [{"part_number": 1}],
        [{"part_number": "one", "etag": "x"}],
        [{"part_number": 1, "etag": 5}],
        [{"part_number": 1, "etag": "0" * 32}],
        [{"part_number": number, "etag": "x"} for number in range(1, 10_002)],
    ],
    ids=str,
)
def test_parts_that_cannot_be_are_refused_and_nothing_is_lost(
    client: httpx.Client, run: str, bucket: Bucket, parts: object
) -> None:
    sending = Sending(client, bucket, f"0/{run}/artifacts", [b"1"])
    answer = sending.ask("complete", upload_id=sending.begun["upload_id"], parts=parts)
    assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert sending.stored().status_code == 404
    assert sending.complete().status_code == 200


def test_ten_thousand_parts_are_not_too_many(client: httpx.Client, run: str) -> None:
    begun = client.post(f"{MPU}/create/0/{run}/artifacts", json={"path": "x", "num_parts": 10_000}).json()
    urls = [one["url"] for one in begun["credentials"]]
    assert len(set(urls)) == 10_000
    parts = [{"part_number": number, "etag": "x", "url": url} for number, url in enumerate(urls, start=1)]
    told = {"path": "x", "upload_id": begun["upload_id"], "parts": parts}
    answer = client.post(f"{MPU}/complete/0/{run}/artifacts", json=told)
    assert (answer.status_code, answer.json()["message"][:31]) == (400, "Part 1 of 10000 has not been pu")


def test_no_encoding_of_a_path_leads_out(server: RunningServer, bucket: Bucket) -> None:
    before, passed = bucket.keys(), []
    told = msgspec.json.encode(
        {"path": "model.bin", "num_parts": 1, "upload_id": "0" * 32, "parts": [{"part_number": 1}]}
    )
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    for attack in ATTACKS:
        target = attack.replace("\\", "%5c")
        verbs = [*(("POST", f"{MPU}/{step}/{target}") for step in ("create", "complete", "abort"))]
        for verb, where in [*verbs, ("GET", f"{PRESIGNED}/{target}"), ("GET", f"/ajax-{PRESIGNED[1:]}/{target}")]:
            body = told if verb == "POST" else b""
            connection.putrequest(verb, where, skip_accept_encoding=True)
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            if answer.status != 400 or b"INVALID_PARAMETER_VALUE" not in answer.read():
                passed.append((verb, where, answer.status))
            answer.read()
    connection.close()
    assert passed == []
    assert bucket.keys() == before


def test_messages_that_are_nearly_right_are_answered_or_refused(client: httpx.Client, run: str, bucket: Bucket) -> None:
    sending = Sending(client, bucket, f"0/{run}/artifacts", [b"1", b"2"])
    upload = {"path": "model.bin", "upload_id": sending.begun["upload_id"]}
    steps: dict[str, dict[str, object]] = {
        "create": {"path": "model.bin", "num_parts": 2},
        "complete": {**upload, "parts": [{**part, "etag": "x"} for part in sending.parts]},
        "abort": {**upload, "upload_id": "0" * 32},
    }
    for seed in range(200):
        random = Random(seed)  # noqa: S311 - to be the same every time
        step = random.choice(sorted(steps))
        headers = {"content-type": "application/json"}
        content = changed_body(random, steps[step])
        assert_fine(client.post(f"{MPU}/{step}/{sending.where}", content=content, headers=headers))
    assert sending.complete().status_code == 200


def test_who_leaves_does_not_stop_a_file_from_being_made(
    server: RunningServer, client: httpx.Client, run: str, bucket: Bucket
) -> None:
    sending = Sending(client, bucket, f"0/{run}/artifacts", [noise(number, 1 << 20) for number in range(8)])
    _leave_while_completing(server.url, sending)
    assert sending.complete().status_code == 200
    assert sending.stored().content == b"".join(noise(number, 1 << 20) for number in range(8))
    written = client.get("/api/v1/events", params={"limit": 50}).json()["items"]
    assert sum(one["action"] == "artifact.written" and run in one["subject"] for one in written) == 1


def _leave_while_completing(url: str, sending: Sending) -> None:
    address = urlsplit(url)
    told = {"path": "model.bin", "upload_id": sending.begun["upload_id"], "parts": sending.parts}
    body = msgspec.json.encode(told)
    head = (
        f"POST {MPU}/complete/{sending.where} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=120) as opened:
        opened.sendall(head.encode() + body)


def test_a_server_killed_while_it_makes_a_file_has_no_half_of_it(bucket: Bucket, tmp_path: Path) -> None:
    content = [noise(number, 1 << 20) for number in range(12)]
    for tried in range(10):  # until the kill is quicker than the file
        with (
            running_server(tmp_path, "--artifacts", bucket.url, env=bucket.env) as server,
            httpx.Client(base_url=server.url, timeout=120) as client,
        ):
            sending = Sending(client, bucket, f"0/killed-{tried}/artifacts", content)
            _kill_while_completing(server, sending, bucket)
        with (
            running_server(tmp_path, "--artifacts", bucket.url, env=bucket.env) as server,
            httpx.Client(base_url=server.url, timeout=120) as client,
        ):
            sending.client = client
            left = sending.stored()
            assert left.status_code == 404 or left.content == b"".join(content)
            assert sending.complete().status_code == 200
            assert sending.stored().content == b"".join(content)
        if left.status_code == 404:
            return
    raise AssertionError("The file is always there before the kill")


def _kill_while_completing(server: RunningServer, sending: Sending, bucket: Bucket) -> None:
    def complete() -> None:
        with contextlib.suppress(httpx.HTTPError):  # unless it has answered before
            sending.complete()

    asked = threading.Thread(target=complete)
    asked.start()
    second = f"{sending.begun['upload_id']}/00002 HTTP"
    asyncio.run(until(lambda: _was_got(bucket, second) or not asked.is_alive()))
    server.kill()
    asked.join()


def _was_got(bucket: Bucket, words: str) -> bool:
    return any("GET " in line and words in line for line in bucket.log.read_text("utf-8", "replace").splitlines())


def test_memory_does_not_grow_with_the_file(
    server: RunningServer, client: httpx.Client, run: str, bucket: Bucket
) -> None:
    peaks = []
    for number, times in enumerate((4, 4, 10)):  # how much is under way at once depends on who is slow: twice, for most
        part = noise(times, 10 << 20)
        sending = Sending(client, bucket, f"0/{run}/artifacts/{number}", [part] * times)
        assert sending.complete().status_code == 200
        peaks.append(peak_memory(server))
    assert peaks[2] - peaks[1] < 24 << 20
    assert sending.ask("complete", upload_id="0" * 32, parts=[]).status_code == 404


def test_a_file_s_url_serves_the_file_and_no_other(client: httpx.Client, run: str, bucket: Bucket) -> None:
    for name, content in (("a.html", b"<script>"), ("empty", b"")):
        client.put(f"{PROXY}/0/{run}/artifacts/{name}", content=content)
        given = client.get(f"{PRESIGNED}/0/{run}/artifacts/{name}").json()
        assert (given.keys(), given["headers"]) == ({"url", "headers", "file_size"}, {})
        assert given["file_size"] == len(content)
        fetched = bucket.http.get(given["url"])
        assert fetched.content == content
        assert "html" not in fetched.headers.get("content-type", "")
    assert "X-Amz-Expires=300" in given["url"]
    assert refusal(client.get(f"{PRESIGNED}/0/{run}/artifacts/none")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert refusal(client.get(f"{PRESIGNED}/0/{run}")) == (400, "INVALID_PARAMETER_VALUE")


def test_a_file_of_a_run_has_a_url_for_as_long_as_is_asked(client: httpx.Client, run: str, bucket: Bucket) -> None:
    client.put(f"{PROXY}/0/{run}/artifacts/d/a.txt", content=b"abc")
    asked: dict[str, object] = {"run_id": run, "path": "d/a.txt"}
    given = client.post(f"{API}/artifacts/presigned-download-url", json={**asked, "expiration": 60}).json()
    assert (given["file_size"], bucket.http.get(given["presigned_url"]).content) == (3, b"abc")
    assert "X-Amz-Expires=60" in given["presigned_url"]
    for wrong, status in (
        ({"expiration": 0}, 400),
        ({"expiration": 604_801}, 400),
        ({"path": "../a"}, 400),
        ({"path": "none"}, 404),
        ({"run_id": "0" * 32}, 404),
    ):
        answer = client.post(f"{API}/artifacts/presigned-download-url", json={**asked, **wrong})
        assert answer.status_code == status, wrong


def test_no_url_is_given_to_put_a_whole_file_at(client: httpx.Client, run: str) -> None:
    where = f"{API}/artifacts/presigned-upload-url"
    for told, words in (
        ({"run_id": run, "path": "a"}, "Presigned upload is not supported for proxied artifact storage"),
        ({"path": "a"}, "Exactly one of run_id and model_id"),
        ({"run_id": run, "model_id": "m-1", "path": "a"}, "Exactly one of run_id and model_id"),
        ({"run_id": run, "path": "../a"}, "Invalid path"),
    ):
        answer = client.post(where, json=told)
        assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"].startswith(words)
    assert client.post(where, json={"run_id": "0" * 32, "path": "a"}).status_code == 404
    assert client.post(where, json={"model_id": "m-0", "path": "a"}).status_code == 404


def test_neither_signatures_nor_keys_are_told_to_the_log(
    server: RunningServer, client: httpx.Client, run: str, bucket: Bucket
) -> None:
    sending = Sending(client, bucket, f"0/{run}/artifacts", [b"1"])
    sending.parts[0]["etag"] = "wrong"
    assert sending.complete().status_code == 400
    assert client.get(f"{PRESIGNED}/0/{run}/artifacts/none").status_code == 404
    told = client.get("/api/v1/server").text + server.logs()
    assert [word for word in ("X-Amz-Signature", bucket.env["AWS_SECRET_ACCESS_KEY"]) if word in told] == []


def test_a_content_that_is_gone_has_no_url(client: httpx.Client, run: str, bucket: Bucket) -> None:
    before = set(bucket.keys("blobs"))
    client.put(f"{PROXY}/0/{run}/artifacts/gone", content=b"soon gone")
    (new,) = set(bucket.keys("blobs")) - before
    obstore.delete(bucket.store(), new)
    assert refusal(client.get(f"{PRESIGNED}/0/{run}/artifacts/gone")) == (500, "DATA_LOSS")
