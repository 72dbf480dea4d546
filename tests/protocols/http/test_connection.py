import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop

from modelyard.apps import listener
from modelyard.protocols.http import connection
from modelyard.protocols.http.connection import LONGEST_HEAD, Connection
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.server import Server
from tests.protocols.http.conftest import MIB, Seen
from tests.support.conditions import until
from tests.support.gateway import served_by
from tests.support.raw_http import RawClient, raw_client, request

CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture
async def client(dispatcher: Dispatcher) -> AsyncIterator[RawClient]:
    async with served_by(dispatcher) as url, raw_client(url) as talking:
        yield talking


async def test_one_connection_carries_many_requests(client: RawClient) -> None:
    for body in (b"one", b"", b"three" * 10_000):
        answer = await client.post("/echo", body)
        assert (answer.status, answer.body) == (200, body)
        assert "connection" not in answer.headers


async def test_requests_in_one_packet_are_answered_in_order(client: RawClient) -> None:
    bodies = [b"%d" % number for number in range(20)]
    await client.say(b"".join(request("POST", "/echo", f"Content-Length: {len(body)}") + body for body in bodies))
    assert [(await client.answer()).body for _ in bodies] == bodies


async def test_a_request_may_arrive_byte_by_byte(client: RawClient) -> None:
    whole = request("POST", "/echo?a=b", "Content-Length: 5") + b"hello"
    await client.say(*(whole[at : at + 1] for at in range(len(whole))))
    assert (await client.answer()).body == b"hello"


async def test_what_was_asked_reaches_the_handler(client: RawClient) -> None:
    answer = await client.get("/told/a%20b?x=1&x=2%2F", "X-Mixed-Case: Value", "X-Twice: 1", "x-twice: 2")
    assert b'"path":"/told/a b"' in answer.body
    assert b'"queries":{"x":["1","2/"]}' in answer.body
    assert b'"x-mixed-case":"Value"' in answer.body
    assert b'"x-twice":"2"' in answer.body


async def test_a_proxys_absolute_form_is_understood(client: RawClient) -> None:
    assert b'"path":"/told"' in (await client.get("http://127.0.0.1/told?x=1")).body


@pytest.mark.parametrize("size", [0, 5, 300_000])
async def test_a_body_may_come_in_chunks_of_unknown_number(client: RawClient, size: int) -> None:
    body = b"x" * size
    pieces = [b"%x\r\n%b\r\n" % (len(body[at : at + 999]), body[at : at + 999]) for at in range(0, size, 999)]
    await client.say(request("POST", "/echo", CHUNKED), *pieces, b"0\r\n\r\n")
    assert (await client.answer()).body == body


async def test_a_trailer_changes_no_header(client: RawClient) -> None:
    trailed = b"2\r\nhi\r\n0\r\nHost: evil.example\r\n\r\n"
    await client.say(request("POST", "/echo", CHUNKED) + trailed)
    assert (await client.answer()).body == b"hi"


async def test_who_waits_to_be_invited_is_invited_when_the_body_is_wanted(client: RawClient) -> None:
    await client.say(request("POST", "/echo", "Content-Length: 2", "Expect: 100-continue"))
    assert (await client.answer()).status == 100
    await client.say(b"hi")
    assert (await client.answer()).body == b"hi"


async def test_who_waits_to_be_invited_in_vain_is_let_go(client: RawClient) -> None:
    await client.say(request("POST", "/unread", "Content-Length: 2", "Expect: 100-continue"))
    answer = await client.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await client.rest() == b""


async def test_a_body_that_nobody_reads_does_not_disturb_the_next_request(client: RawClient, seen: Seen) -> None:
    await client.say(request("POST", "/unread", f"Content-Length: {3 * MIB}"))
    assert (await client.answer()).body == b"not read"
    await client.say(bytes(3 * MIB))
    assert (await client.post("/echo", b"next")).body == b"next"
    assert seen.paths == ["/unread", "/echo"]


@pytest.mark.parametrize("size", [MIB + 1, 20 * MIB])
async def test_a_body_over_the_limit_is_refused_in_words_that_arrive(client: RawClient, size: int) -> None:
    answer = await client.post("/echo", bytes(size))
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert await client.rest() == b""


@pytest.mark.parametrize("most", [64 * MIB, MIB])
async def test_who_is_told_to_leave_may_finish_a_sentence_and_no_more(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(connection, "_LINGER", 1000.0)
    monkeypatch.setattr(connection, "_MOST_PASSED_OVER", most)
    server, listening = Server(dispatcher, grace=0.1), asyncio.Event()
    with listener.bind("127.0.0.1", 0) as bound:
        serving = asyncio.create_task(server.serve(bound, listening.set))
        await listening.wait()
        async with raw_client(listener.url_of(bound)) as client:
            await client.say(request("POST", "/echo", f"Content-Length: {8 * MIB}") + bytes(MIB))
            assert (await client.answer()).status == 413
            await client.say(bytes(4 * MIB), *([bytes(3 * MIB)] if most > 8 * MIB else []))
            await until(lambda: not server.connections)
        server.stop()
        await serving


async def test_head_says_what_get_would_and_sends_nothing(client: RawClient) -> None:
    told, asked = await client.get("/told"), await client.get("/told", method="HEAD")
    assert int(asked.headers["content-length"]) == len(told.body) + len("HEAD") - len("GET")
    assert (await client.get("/parts", method="HEAD")).status == 200
    assert (await client.get("/promised", method="HEAD")).headers["content-length"] == "5"
    assert (await client.get("/told")).status == 200, "nothing is left over"


async def test_a_stream_is_sent_in_chunks_or_at_its_length(client: RawClient) -> None:
    chunked = await client.get("/parts")
    assert (chunked.body, chunked.headers["transfer-encoding"]) == (b"onetwo", "chunked")
    promised = await client.get("/promised")
    assert (promised.body, promised.headers["content-length"]) == (b"12345", "5")
    assert "transfer-encoding" not in promised.headers


async def test_a_stream_that_ends_early_breaks_the_connection(
    client: RawClient, caplog: pytest.LogCaptureFixture
) -> None:
    await client.say(request("GET", "/promised?length=6"))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await client.answer()
    assert "5 bytes were sent where 6 had been announced" in caplog.text


async def test_the_first_http_gets_a_body_that_ends_with_the_connection(client: RawClient) -> None:
    await client.say(b"GET /parts HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n")
    head, body = (await client.rest()).split(b"\r\n\r\n", 1)
    assert body == b"onetwo"
    assert b"connection: close" in head


async def test_who_reads_nothing_of_an_answer_is_given_up(dispatcher: Dispatcher, seen: Seen) -> None:
    async with served_by(dispatcher, longest_pause=0.0) as url, raw_client(url) as client:
        await client.say(request("GET", "/endless"))
        await until(lambda: seen.ended == ["endless"])


async def test_who_asks_to_close_is_closed(client: RawClient) -> None:
    assert (await client.get("/told", "Connection: close")).headers["connection"] == "close"
    assert await client.rest() == b""


async def test_what_is_no_http_is_refused_after_what_was(client: RawClient) -> None:
    await client.say(request("POST", "/echo", "Content-Length: 2") + b"hi" + b"nonsense\r\n\r\n")
    assert (await client.answer()).body == b"hi"
    refused = await client.answer()
    assert (refused.status, refused.headers["connection"]) == (400, "close")
    assert await client.rest() == b""


@pytest.mark.parametrize(
    "broken", ["GET / HTTP/1.1\r\nBad Header\r\n\r\n", "GET /\xff HTTP/1.1\r\n\r\n", "\x16\x03\x01"]
)
async def test_a_broken_request_is_refused(client: RawClient, broken: str) -> None:
    await client.say(broken.encode("latin-1"))
    assert (await client.answer()).status == 400
    assert await client.rest() == b""


async def test_a_broken_body_is_refused(client: RawClient) -> None:
    await client.say(request("POST", "/echo", CHUNKED) + b"5\r\nhello\r\n", b"nonsense\r\n")
    assert (await client.answer()).status == 400
    assert await client.rest() == b""


async def test_headers_may_be_long_but_not_endless(client: RawClient) -> None:
    assert (await client.get("/told", f"X-Long: {'x' * LONGEST_HEAD}")).status == 200
    await client.say(b"GET /told HTTP/1.1\r\nX-Endless: ")
    for _ in range(100):
        await client.say(b"x" * LONGEST_HEAD)
    assert (await client.answer()).status == 431


async def test_an_upgrade_to_what_we_do_not_speak_is_passed_over(client: RawClient) -> None:
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
    assert (await client.get("/told", *upgrade)).status == 200
    assert (await client.post("/echo", b"after", *upgrade)).body == b"after"
    many = request("POST", "/echo", "Content-Length: 1", *upgrade) + b"x"
    await client.say(many * 2000)
    assert [(await client.answer()).body for _ in range(2000)] == [b"x"] * 2000


async def test_a_header_of_two_lines_is_never_sent(client: RawClient) -> None:
    answer = await client.get("/careless")
    assert answer.status == 500
    assert "set-cookie" not in answer.headers


async def test_every_answer_has_a_date_and_an_id_of_the_callers_choice(client: RawClient) -> None:
    answer = await client.get("/told", "X-Request-Id: mine")
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["date"].endswith("GMT")
    first, second = await client.get("/told"), await client.get("/told")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_a_client_that_leaves_in_the_middle_is_no_error(
    dispatcher: Dispatcher, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with served_by(dispatcher) as url:
        async with raw_client(url) as client:
            await client.say(request("POST", "/slow", "Content-Length: 0"))
            await seen.begun.wait()
        async with raw_client(url) as client:
            await client.say(request("POST", "/echo", "Content-Length: 10") + b"half")
        async with raw_client(url) as client:
            seen.go_on.set()
            assert (await client.post("/echo", b"fine")).body == b"fine"
            await until(lambda: "closed the connection during POST /echo" in caplog.text)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(("path", "end"), [("/predict", "dropped"), ("/slow", "done")])
async def test_who_leaves_drops_a_prediction_but_no_change(
    dispatcher: Dispatcher, seen: Seen, caplog: pytest.LogCaptureFixture, path: str, end: str
) -> None:
    caplog.set_level(logging.INFO)
    async with served_by(dispatcher) as url:
        async with raw_client(url) as client:
            await client.say(request("POST", path, "Content-Length: 4") + b"bo", b"dy")
            await seen.begun.wait()
        await until(lambda: seen.requests[0].is_lost)
        if end == "done":
            seen.go_on.set()
        await until(lambda: seen.ended == [end])
        await until(lambda: (end == "done") != (f"closed the connection during POST {path}" in caplog.text))


async def test_who_stays_gets_a_prediction_however_long_it_takes(client: RawClient, seen: Seen) -> None:
    await client.say(request("POST", "/predict", "Content-Length: 0"))
    await seen.begun.wait()
    seen.go_on.set()
    assert (await client.answer()).body == b"done"


async def test_who_does_not_read_is_not_written_to_without_end(client: RawClient, seen: Seen) -> None:
    await client.say(request("GET", "/endless"))
    before = -1
    while seen.yielded != before:
        before = seen.yielded
        await asyncio.sleep(0.05)
    assert seen.yielded < 50


async def test_connections_on_which_nothing_happens_are_closed(dispatcher: Dispatcher) -> None:
    async with served_by(dispatcher, keep_alive=0.0) as url, raw_client(url) as quiet, raw_client(url) as halting:
        await halting.say(b"GET /told HT")
        assert await quiet.rest() == b""
        assert await halting.rest() == b""


async def test_stopping_lets_what_runs_finish_and_closes_the_rest(dispatcher: Dispatcher, seen: Seen) -> None:
    server, listening = Server(dispatcher, grace=5.0), asyncio.Event()
    with listener.bind("127.0.0.1", 0) as bound:
        url, address = listener.url_of(bound), bound.getsockname()
        serving = asyncio.create_task(server.serve(bound, listening.set))
        await listening.wait()
        async with raw_client(url) as idle, raw_client(url) as busy:
            await idle.post("/echo", b"x")
            await busy.say(request("POST", "/slow", "Content-Length: 0"))
            await seen.begun.wait()
            server.stop()
            last = await idle.post("/echo", b"on its way")
            assert (last.body, last.headers["connection"]) == (b"on its way", "close")
            assert await idle.rest() == b""
            seen.go_on.set()
            answer = await busy.answer()
            assert (answer.body, answer.headers["connection"]) == (b"done", "close")
            assert await busy.rest() == b""
        await serving
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)


@pytest.mark.parametrize(("grace", "stops"), [(0.01, 1), (60.0, 2)])
async def test_what_does_not_finish_in_time_is_ended(
    dispatcher: Dispatcher, seen: Seen, grace: float, stops: int
) -> None:
    server, listening = Server(dispatcher, grace=grace), asyncio.Event()
    with listener.bind("127.0.0.1", 0) as bound:
        serving = asyncio.create_task(server.serve(bound, listening.set))
        await listening.wait()
        async with raw_client(listener.url_of(bound)) as busy:
            await busy.say(request("POST", "/slow", "Content-Length: 0"))
            await seen.begun.wait()
            for _ in range(stops):
                server.stop()
            await serving
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await busy.answer()


def test_an_answer_is_one_write_to_a_socket_without_delay(dispatcher: Dispatcher) -> None:
    """Two writes, or Nagle's algorithm, and a client may wait 40 ms for the second half."""
    writes: list[bytes] = []
    delays: list[int] = []

    class Counted(Connection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected: Any = transport.get_extra_info("socket")
            delays.append(connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().connection_made(transport)
            self._transport = _Counting(transport, writes)

    async def ask() -> None:
        server = Server(dispatcher, grace=5.0)
        with listener.bind("127.0.0.1", 0) as bound:
            serving = await asyncio.get_running_loop().create_server(lambda: Counted(server), sock=bound)
            async with raw_client(listener.url_of(bound)) as client:
                for size in (2, 5000):
                    assert len((await client.post("/echo", bytes(size))).body) == size
            serving.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask())
    assert [len(one.split(b"\r\n\r\n", 1)[1]) for one in writes] == [2, 5000]
    assert delays == [1]


class _Counting:
    """A transport that notes what is written."""

    def __init__(self, transport: Any, writes: list[bytes]) -> None:
        self._transport = transport
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._writes.append(data)
        self._transport.write(data)
