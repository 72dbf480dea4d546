"""One protocol over the real dispatcher, in front of the shared replicas."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from modelyard.apps import listener
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import LOOPBACK_HOSTS, Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.routing import Protocol, Route
from modelyard.protocols.http.server import KEEP_ALIVE, LONGEST_PAUSE, Server
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory
from tests.support.replicas import asking, served

VERSION = "3"
LIMITS = Limits(timeout=180.0, hold=0.1, body=100_000)


@asynccontextmanager
async def gateway(
    routes: Sequence[Route[Any]],
    render_error: Callable[[Exception], Reply],
    *models: str,
    state: Callable[[DataPlane], Any] = lambda plane: plane,
    limits: Limits = LIMITS,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of endpoints named like their models, and of `loading`, which is never ready.

    `state` makes what the handlers get of the data plane. The endpoint `many` has all the models.
    """
    directory = Directory()
    directory.hold("loading", "Endpoint 'loading' is starting; try again shortly")
    protocol = Protocol("tested", ("/",), routes, state(DataPlane(directory, limits)), render_error)
    dispatcher = Dispatcher(
        [protocol],
        Guard(LOOPBACK_HOSTS),
        Observer(CollectorRegistry()),
        authenticate=lambda _: LOCAL_OWNER,
        authorize=lambda *_: None,
    )
    async with asking(*models) as clients:
        for model, replica in zip(models, clients, strict=True):
            directory.publish(model, served(model, replica, version=VERSION))
            directory.publish(f"many/{model}", served(model, replica, version=VERSION))
        async with served_by(dispatcher) as url, httpx.AsyncClient(base_url=url) as client:
            yield client


@asynccontextmanager
async def served_by(
    dispatcher: Dispatcher, keep_alive: float = KEEP_ALIVE, longest_pause: float = LONGEST_PAUSE
) -> AsyncIterator[str]:
    """The URL where it answers."""
    server, listening = Server(dispatcher, 5.0, keep_alive, longest_pause), asyncio.Event()
    with listener.bind("127.0.0.1", 0) as bound:
        serving = asyncio.create_task(server.serve(bound, listening.set))
        try:
            await listening.wait()
            yield listener.url_of(bound)
        finally:
            server.stop()
            await serving
