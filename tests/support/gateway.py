"""One protocol over the real dispatcher, in front of the shared replicas."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
from prometheus_client import CollectorRegistry

from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.routing import Protocol, Route
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory
from tests.support.replicas import asking, served

VERSION = "3"
LIMITS = Limits(timeout=1.0, hold=0.1, body=100_000)


@asynccontextmanager
async def gateway(
    routes: Sequence[Route[DataPlane]], render_error: Callable[[Exception], Reply], *models: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of endpoints named like their models, and of `loading`, which is never ready."""
    directory = Directory()
    directory.hold("loading", "Endpoint 'loading' is starting; try again shortly")
    protocol = Protocol("tested", ("/",), routes, DataPlane(directory, LIMITS), render_error)
    app = Dispatcher(
        [protocol],
        Guard(["testserver"]),
        Observer(CollectorRegistry()),
        authenticate=lambda _: LOCAL_OWNER,
        authorize=lambda *_: None,
    )
    async with asking(*models) as clients:
        for model, replica in zip(models, clients, strict=True):
            directory.publish(model, served(model, replica, version=VERSION))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
            yield client
