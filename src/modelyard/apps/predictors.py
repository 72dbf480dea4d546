"""Where transformers reach their models: V1 and V2 at a port of loopback, each under a name that nobody can guess."""

import asyncio

from prometheus_client import CollectorRegistry

from modelyard.apps import listener
from modelyard.apps.repository import EndpointRepository
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.dispatcher import Dispatcher
from modelyard.protocols.http.guard import LOOPBACK_HOSTS, Guard
from modelyard.protocols.http.observe import Observer
from modelyard.protocols.http.routing import Protocol
from modelyard.protocols.http.server import Server
from modelyard.protocols.kserve import errors as kserve_errors
from modelyard.protocols.kserve import routes as kserve
from modelyard.protocols.oip import errors as oip_errors
from modelyard.protocols.oip import routes as oip
from modelyard.protocols.oip.state import OipState
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory

HOST = "127.0.0.1"
GRACE = 5.0
REPOSITORY = f"{oip.WITHIN}/repository/"
"""Knows endpoints by their own names, which are no secrets, so it is not open here."""


class PredictorPort:
    """Opened when the first transformer starts. What is answered here is counted and logged at the front only."""

    def __init__(self, limits: Limits, repository: EndpointRepository) -> None:
        self.directory = Directory()
        plane = DataPlane(self.directory, limits)
        within_v1 = [route for route in kserve.ROUTES if route.path.startswith("/endpoints/")]
        asking = [route for route in oip.ROUTES if not route.path.startswith(REPOSITORY)]
        within_v2 = [route for route in asking if route.path.startswith(oip.WITHIN)]
        dispatcher = Dispatcher(
            [
                Protocol("oip", (oip.WITHIN,), within_v2, OipState(plane, repository), oip_errors.render_error),
                Protocol("kserve", (kserve.WITHIN,), within_v1, plane, kserve_errors.render_error),
            ],
            Guard(LOOPBACK_HOSTS),
            Observer(CollectorRegistry()),
            authenticate=lambda _: LOCAL_OWNER,
            authorize=lambda *_: None,  # who knows a name here was given it
        )
        self._server = Server(dispatcher, GRACE)
        self._opening = asyncio.Lock()
        self._serving: asyncio.Task[None] | None = None
        self._address = ""

    async def address(self) -> str:
        """Host, port and the path before a name."""
        async with self._opening:
            if self._serving is None:
                bound, listening = listener.bind(HOST, 0), asyncio.Event()
                self._serving = asyncio.create_task(self._server.serve(bound, listening.set), name="predictors")
                await listening.wait()
                self._address = f"{listener.address_of(bound)}/endpoints/"
        return self._address

    async def stop(self) -> None:
        if self._serving is not None:
            self._server.stop()
            await self._serving
