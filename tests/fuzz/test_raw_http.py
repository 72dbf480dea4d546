"""What no HTTP library would send: refused, or left alone, and the server goes on."""

import gzip
import socket
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fuzz.conftest import SOME_DATABASES
from tests.support.server import RunningServer

pytestmark = [pytest.mark.usefixtures("unharmed"), pytest.mark.parametrize("fuzzed", SOME_DATABASES, indirect=True)]
PIECE: Final = 1 << 20
SEARCH: Final = "POST /api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
HEALTH: Final = "GET /health HTTP/1.1\r\nHost: {host}\r\n"

MALFORMED: Final = {
    "length in words": SEARCH + "Content-Length: two\r\n\r\n{{}}",
    "length below zero": SEARCH + "Content-Length: -1\r\n\r\n{{}}",
    "length with a sign": SEARCH + "Content-Length: +2\r\n\r\n{{}}",
    "length over 64 bits": SEARCH + "Content-Length: 99999999999999999999999\r\n\r\n{{}}",
    "two lengths": SEARCH + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
    "a list of lengths": SEARCH + "Content-Length: 2, 2\r\n\r\n{{}}",
    "length and chunks": SEARCH + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown transfer": SEARCH + "Transfer-Encoding: gzip\r\n\r\n{{}}",
    "no chunk": SEARCH + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "chunk over 64 bits": SEARCH + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "unknown version": "GET /health HTTP/9.9\r\nHost: {host}\r\n\r\n",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown method": "FOO /health HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "endless method": "A" * 100_000 + " /health HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "path in Latin-1": "GET /\xe9\xff HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "NUL in a header": HEALTH + "X: a\0b\r\n\r\n",
    "folded header": HEALTH + "X: a\r\n b\r\n\r\n",
    "nameless header": HEALTH + ": a\r\n\r\n",
    "two hosts": "GET /health HTTP/1.1\r\nHost: evil.example\r\nHost: {host}\r\n\r\n",
    "two origins": HEALTH + "Origin: http://evil.example\r\nOrigin: http://{host}\r\n\r\n",
}
ODD: Final = {
    "no length": (SEARCH + "\r\n{{}}", 200),
    "endless path": ("GET /" + "a" * 600_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n", 431),
    "no host": ("GET /health HTTP/1.1\r\n\r\n", 403),
    "whole address": ("GET http://evil.example/health HTTP/1.1\r\nHost: {host}\r\n\r\n", 200),
    "star": ("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n", 404),
    "path that is no UTF-8": ("GET /api/2.0/mlflow/%ff%fe HTTP/1.1\r\nHost: {host}\r\n\r\n", 404),
    "websocket": (HEALTH + "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", 200),
    "old version": ("GET /health HTTP/1.0\r\nHost: {host}\r\n\r\n", 200),
    "many headers": (HEALTH + "".join(f"X-{at}: {at}\r\n" for at in range(9_000)) + "\r\n", 200),
    "many parameters": ("GET /api/2.0/mlflow/runs/get?" + "a=1&" * 12_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n", 400),
    "id of a request": (HEALTH + "X-Request-Id: \xff\x80<script>\r\n\r\n", 200),
    "huge length": (SEARCH + "Content-Length: 1000000000\r\n\r\n{{", 413),
    "compressed": (SEARCH + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}", 415),
}


@pytest.fixture
def host(fuzzed: RunningServer) -> str:
    return urlsplit(fuzzed.url).netloc


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_http_is_refused(host: str, name: str) -> None:
    assert status(exchange(host, MALFORMED[name].format(host=host).encode("latin-1"))) == 400


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_http_is_answered(host: str, name: str) -> None:
    text, expected = ODD[name]
    assert status(exchange(host, text.format(host=host).encode("latin-1"))) == expected


def test_what_came_before_something_that_is_not_http_is_answered_first(host: str) -> None:
    request = (HEALTH + "\r\n").format(host=host).encode()
    for broken in (b"{}", b"\x16\x03", b"GET / HTTP/9.9\r\n\r\n"):
        with connected(host) as opened:
            opened.sendall(request * 2 + broken)
            seen = b""
            while part := opened.recv(1 << 16):
                seen += part
        assert [one[:3] for one in seen.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"400"]


@pytest.mark.parametrize("start", ["GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\n"])
def test_an_endless_head_is_cut_off(host: str, start: str) -> None:
    piece = b"X: a\r\n" * (PIECE // 6) if start.endswith("\r\n") else b"a" * PIECE
    answer = exchange(host, start.encode(), (piece for _ in range(200)))
    assert answer == b"" or status(answer) in (400, 431)  # when it comes too late, it is not read


@pytest.mark.parametrize("sent", [0, 1, 5])
def test_a_body_that_breaks_off_is_not_carried_out(host: str, http: httpx.Client, sent: int) -> None:
    name = f"broken off after {sent}"
    body = f'{{"name": "{name}"}}'.encode()
    head = f"POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    assert exchange(host, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:sent], end=True) == b""
    found = http.get("/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name})
    assert found.status_code == 404


def test_a_bomb_is_not_unpacked(http: httpx.Client) -> None:
    bomb = gzip.compress(bytes(200 << 20))
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"):
        headers = {"content-type": "application/json", "content-encoding": encoding}
        answer = http.post("/api/2.0/mlflow/runs/search", content=bomb, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (415, "INVALID_PARAMETER_VALUE")


def test_a_gigabyte_is_refused_before_it_has_come(http: httpx.Client) -> None:
    sent = 0

    def gigabyte() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1 << 10):
            sent += PIECE
            yield b" " * PIECE

    try:
        answer = http.post(
            "/api/2.0/mlflow/runs/search", content=gigabyte(), headers={"content-type": "application/json"}
        )
        assert answer.status_code == 413
    except httpx.TransportError:  # the answer came while the client still spoke
        pass
    assert sent < 200 << 20


@pytest.mark.parametrize(
    "kind",
    [
        *("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"),
        *("application/jsonp", "APPLICATION", "*/*", ";", "application/json, text/plain", "json"),
    ],
)
def test_other_kinds_of_content_are_refused(http: httpx.Client, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = http.post("/api/2.0/mlflow/runs/search", content=b"{}", headers=headers)
    assert answer.status_code == 400


def test_one_connection_may_ask_a_thousand_times_at_once(host: str) -> None:
    request = (HEALTH + "\r\n").format(host=host).encode()
    with connected(host) as opened:
        opened.sendall(request * 1000)
        seen = b""
        while seen.count(b"HTTP/1.1 200 OK") < 1000:
            seen += opened.recv(1 << 16)


def exchange(host: str, start: bytes, more: Iterable[bytes] = (), *, end: bool = False) -> bytes:
    """What comes back, up to the end of its head."""
    with connected(host) as opened:
        try:
            opened.sendall(start)
            for piece in more:
                opened.sendall(piece)
            if end:
                opened.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return received(opened)


def connected(host: str) -> socket.socket:
    name, _, port = host.partition(":")
    return socket.create_connection((name, int(port)), timeout=120)


def received(opened: socket.socket) -> bytes:
    seen = b""
    try:
        while b"\r\n\r\n" not in seen and (part := opened.recv(1 << 16)):
            seen += part
    except ConnectionError:
        pass
    return seen


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])
