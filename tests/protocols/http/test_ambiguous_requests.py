import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.connection import LONGEST_HEAD
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.reply import Reply, text_reply
from modelyard.protocols.http.routing import PUBLIC, Protocol, Route
from modelyard.protocols.http.server import Server

PATIENCE = 180.0
HEAD = b"POST / HTTP/1.1\r\nHost: here\r\n"
LAST = b"Connection: close\r\n\r\n"


async def count(call: Call[None]) -> Reply:
    return text_reply(str(len(await call.body(10_000_000))))


@asynccontextmanager
async def served(keep_alive: float = 75.0) -> AsyncIterator[int]:
    """The port of a server that answers how long a body is."""
    protocol = Protocol(
        "test", (), [Route("POST", "/", count, PUBLIC)], None, lambda error: text_reply(str(error), 400)
    )
    observer = Observer(CollectorRegistry())
    dispatcher = Dispatcher([protocol], Guard({"*"}), observer, lambda _: LOCAL_OWNER, lambda *_: None)
    server = Server(dispatcher, grace=0.1, keep_alive=keep_alive)
    bound = socket.create_server(("127.0.0.1", 0))
    listening = asyncio.Event()
    serving = asyncio.create_task(server.serve(bound, listening.set))
    await listening.wait()
    try:
        yield bound.getsockname()[1]
    finally:
        server.stop()
        await serving


async def said(port: int, *pieces: bytes) -> bytes:
    """What the server has said by the time it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(PATIENCE):
        seen = await reader.read()
    writer.close()
    return seen


async def test_a_head_that_does_not_end_is_not_waited_for() -> None:
    async with served(keep_alive=0.1) as port:
        assert await said(port) == b""
        assert await said(port, HEAD) == b""
    async with served(keep_alive=1.0) as port:  # within which the first one has come
        assert (await said(port, HEAD + b"Content-Length: 0\r\n\r\n" + HEAD)).startswith(b"HTTP/1.1 200")


async def test_a_long_body_counts_for_nothing() -> None:
    size = 4 * LONGEST_HEAD
    body = b"Content-Length: %d\r\n\r\n" % size + bytes(size)
    async with served() as port:
        seen = await said(port, HEAD + body[:-1], body[-1:] + HEAD, b"Content-Length: 1\r\n" + LAST + b"x")
    assert [one.rpartition(b"\r\n")[2] for one in seen.split(b"HTTP/1.1 200")[1:]] == [b"%d" % size, b"1"]


async def test_a_request_is_answered_although_garbage_came_with_it() -> None:
    async with served() as port:
        seen = await said(port, HEAD + b"Content-Length: 1\r\n\r\nx{}")
    assert [one[:3] for one in seen.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400"]


async def test_a_request_with_two_hosts_is_none() -> None:
    async with served() as port:
        assert (await said(port, HEAD + b"hOST: there\r\nContent-Length: 0\r\n\r\n")).startswith(b"HTTP/1.1 400")
