"""A server of the tests' own, with routes that do what the tests look for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import LOOPBACK_HOSTS, Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.reply import TEXT, Reply, json_reply, text_reply
from modelyard.protocols.http.request import Request
from modelyard.protocols.http.routing import PREDICT, PUBLIC, Protocol, Route
from modelyard.protocols.operations.errors import render_error

MIB = 1 << 20


@dataclass
class Seen:
    """What handlers did, and what they wait for."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[Request] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    yielded: int = 0
    paths: list[str] = field(default_factory=list)


async def echo(call: Call[Seen]) -> Reply:
    call.state.paths.append(call.path)
    return Reply(200, await call.body(MIB), TEXT)


async def told(call: Call[Seen]) -> Reply:
    return json_reply({"method": call.method, "path": call.path, "queries": call.queries(), **call.headers})


async def parts(_: Call[Seen]) -> Reply:
    async def stream() -> AsyncIterator[bytes]:
        for part in (b"one", b"", b"two"):
            yield part

    return Reply(200, stream(), TEXT)


async def promised(call: Call[Seen]) -> Reply:
    async def stream() -> AsyncIterator[bytes]:
        yield b"12345"

    return Reply(200, stream(), TEXT, (("content-length", call.query("length") or "5"),))


async def endless(call: Call[Seen]) -> Reply:
    async def stream() -> AsyncIterator[bytes]:
        try:
            while True:
                call.state.yielded += 1
                yield bytes(MIB)
        finally:
            call.state.ended.append("endless")

    return Reply(200, stream(), TEXT)


async def listing(call: Call[Seen]) -> Reply:
    return json_reply("x" * int(call.query("size") or 0))


async def slow(call: Call[Seen]) -> Reply:
    await call.body()
    call.state.requests.append(call._request)
    call.state.begun.set()
    try:
        await call.state.go_on.wait()
    except asyncio.CancelledError:
        call.state.ended.append("dropped")
        raise
    call.state.ended.append("done")
    return text_reply("done")


async def careless(_: Call[Seen]) -> Reply:
    return Reply(200, b"", TEXT, (("x-name", "a\r\nset-cookie: b"),))


async def unread(call: Call[Seen]) -> Reply:
    call.state.paths.append(call.path)
    return text_reply("not read")


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def dispatcher(seen: Seen) -> Dispatcher:
    routes = [Route("POST", f"/{handler.__name__}", handler, PUBLIC) for handler in (echo, unread, slow)]
    pages = (listing, told, parts, promised, endless, careless)
    routes += [Route("GET", f"/{handler.__name__}", handler, PUBLIC) for handler in pages]
    routes += [Route("GET", "/told/{name}", told, PUBLIC), Route("POST", "/predict", slow, PREDICT)]
    return Dispatcher(
        [Protocol("tested", ("/",), routes, seen, render_error)],
        Guard(LOOPBACK_HOSTS),
        Observer(CollectorRegistry()),
        authenticate=lambda _: LOCAL_OWNER,
        authorize=lambda *_: None,
    )
