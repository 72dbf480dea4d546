"""Uploads whose client goes away at any byte, politely or not, leave no file, no listing and nothing half received."""

import asyncio
import contextlib
import os
import random
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx
import pytest

from modelyard.storage.blob_bucket import PART
from tests.support.conditions import until
from tests.support.s3 import Bucket, Store
from tests.support.server import RunningServer, running_server
from tests.support.streams import noise

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
CUTS = max(20, int(os.environ.get("MODELYARD_KILL_ROUNDS", "0")))
SIZE = 3_000_000
CONTENT = noise(1, SIZE)
PIECE = 50_000
CUTS_OF_BUCKET = CUTS // 3
Framed: TypeAlias = Callable[[RunningServer, str], bytes]
RESET = struct.pack("ii", 1, 0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server"), "--traceable") as running:
        yield running


def head(server: RunningServer, path: str, framing: str) -> bytes:
    return f"PUT {path} HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n{framing}\r\n\r\n".encode()


def with_length(server: RunningServer, path: str) -> bytes:
    return head(server, path, f"Content-Length: {SIZE}") + CONTENT


def chunked(server: RunningServer, path: str) -> bytes:
    chunks = (CONTENT[at : at + PIECE] for at in range(0, SIZE, PIECE))
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head(server, path, "Transfer-Encoding: chunked") + body + b"0\r\n\r\n"


def cut_places(whole: bytes) -> list[int]:
    """Everything but the last byte, and places anywhere before, most of them within the body."""
    body = whole.index(b"\r\n\r\n") + 4
    return [len(whole) - 1, body, body + 1, *random.sample(range(1, len(whole) - 1), CUTS)]


def send(server: RunningServer, sent: bytes, *, reset: bool) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=120) as opened:
        opened.sendall(sent)
        if reset:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def sockets(server: RunningServer) -> int:
    """How many the server has open."""
    found = 0
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found += str(link.readlink()).startswith("socket:")
    return found


def on_disk(server: RunningServer, folder: str) -> list[Path]:
    return [path for path in (server.data_dir / "artifacts" / folder).rglob("*") if path.is_file()]


def listed(server: RunningServer) -> object:
    return httpx.get(f"{server.url}{PROXY}", params={"path": "cut"}).json()


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("framed", [with_length, chunked])
def test_uploads_that_are_cut_anywhere_leave_nothing(server: RunningServer, framed: Framed, reset: bool) -> None:  # noqa: FBT001
    whole = framed(server, f"{PROXY}/cut/file")
    before = sockets(server)
    for place in cut_places(whole):
        send(server, whole[:place], reset=reset)
    assert listed(server) == {}, "asked last, it is answered when all others have been let in"
    asyncio.run(until(lambda: sockets(server) <= before))
    asyncio.run(until(lambda: not on_disk(server, "uploads")))
    assert on_disk(server, "blobs") == []
    assert listed(server) == {}
    assert httpx.get(f"{server.url}{PROXY}/cut/file").status_code == 404


@pytest.mark.parametrize("framed", [with_length, chunked])
def test_the_same_upload_whole_arrives(server: RunningServer, framed: Framed) -> None:
    path = f"{PROXY}/whole/{framed.__name__}"
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=120) as opened:
        opened.sendall(framed(server, path))
        assert opened.recv(1000).startswith(b"HTTP/1.1 200")
    assert httpx.get(f"{server.url}{path}").content == CONTENT


@pytest.fixture(scope="module")
def beside_a_bucket(s3: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, Bucket]]:
    bucket = s3.bucket("cut")
    with running_server(tmp_path_factory.mktemp("s3"), "--artifacts", bucket.url, env=bucket.env) as running:
        yield running, bucket


@pytest.mark.parametrize("size", [PART // 2, PART + PART // 2], ids=["one part", "two parts"])
def test_uploads_to_a_bucket_that_are_cut_leave_no_object(
    beside_a_bucket: tuple[RunningServer, Bucket], size: int
) -> None:
    server, bucket = beside_a_bucket
    content = noise(size, size)
    path = f"{PROXY}/cut-{size}/file"
    whole = head(server, path, f"Content-Length: {size}") + content
    kept, before = bucket.keys("blobs"), sockets(server)
    for place in cut_places(whole)[: 3 + CUTS_OF_BUCKET]:
        send(server, whole[:place], reset=bool(place % 2))
    assert httpx.get(f"{server.url}{path}").status_code == 404
    asyncio.run(until(lambda: sockets(server) <= before))
    asyncio.run(until(lambda: not bucket.unfinished()))
    assert bucket.keys("uploads") == []
    assert bucket.keys("blobs") == kept
    assert httpx.get(f"{server.url}{path}").status_code == 404
    assert httpx.put(f"{server.url}{path}", content=content, timeout=120).is_success
    assert httpx.get(f"{server.url}{path}").content == content
    assert len(bucket.keys("blobs")) == len(kept) + 1


def test_what_a_kill_interrupts_is_gone_after_the_next_start(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        address = urlsplit(server.url)
        whole = with_length(server, f"{PROXY}/cut/file")
        with socket.create_connection((address.hostname or "", address.port or 80), timeout=120) as opened:
            opened.sendall(whole[:2_000_000])
            asyncio.run(until(lambda: bool(on_disk(server, "uploads"))))
            server.kill()
        assert on_disk(server, "uploads")
    with running_server(tmp_path) as server:
        asyncio.run(until(lambda: not on_disk(server, "uploads")))
        assert on_disk(server, "blobs") == []
        assert listed(server) == {}
