"""Through a real server, since it is the server that knows when a client has left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import LOOPBACK_HOSTS, Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.reply import Reply, text_reply
from modelyard.protocols.http.routing import PREDICT, Protocol, Route
from modelyard.protocols.oip.errors import render_error
from tests.support.conditions import until
from tests.support.gateway import served_by

REQUEST = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"


@dataclass
class Seen:
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)


async def wait(call: Call[Seen]) -> Reply:
    await call.body()
    call.state.begun.append(call.path)
    try:
        await call.state.go.wait()
    except asyncio.CancelledError:
        call.state.ended.append("dropped")
        raise
    call.state.ended.append("done")
    return text_reply("done")


@asynccontextmanager
async def serving(seen: Seen) -> AsyncIterator[int]:
    routes = [Route("POST", "/predict", wait, PREDICT), Route("POST", "/deploy", wait, "endpoints.deploy")]
    app = Dispatcher(
        [Protocol("tested", ("/",), routes, seen, render_error)],
        Guard(LOOPBACK_HOSTS),
        Observer(CollectorRegistry()),
        authenticate=lambda _: LOCAL_OWNER,
        authorize=lambda *_: None,
    )
    async with served_by(app) as url:
        yield int(url.rpartition(":")[2])


async def asked(port: int, path: str, body: bytes = b"body") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST.format(path=path).encode() + body)
    return reader, writer


async def test_a_prediction_is_dropped_when_its_caller_leaves(caplog: pytest.LogCaptureFixture) -> None:
    seen = Seen()
    caplog.set_level("INFO")
    async with serving(seen) as port:
        _, writer = await asked(port, "/predict")
        await until(lambda: seen.begun == ["/predict"])
        writer.transport.abort()
        await until(lambda: seen.ended == ["dropped"])
        await until(lambda: "closed the connection during POST /predict" in caplog.text)


async def test_who_stays_gets_an_answer_however_long_it_takes() -> None:
    seen = Seen()
    async with serving(seen) as port:
        reader, writer = await asked(port, "/predict", b"bo")
        await asyncio.sleep(0.2)
        writer.write(b"dy")
        await until(lambda: seen.begun == ["/predict"])
        await asyncio.sleep(0.2)
        seen.go.set()
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200")
        writer.transport.abort()


async def test_a_change_is_made_whether_its_caller_stays_or_not() -> None:
    seen = Seen()
    async with serving(seen) as port:
        _, writer = await asked(port, "/deploy")
        await until(lambda: seen.begun == ["/deploy"])
        writer.transport.abort()
        await asyncio.sleep(0.2)
        seen.go.set()
        await until(lambda: seen.ended == ["done"])
