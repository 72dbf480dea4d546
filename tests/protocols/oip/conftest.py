from collections.abc import AsyncIterator

import httpx
import pytest

from modelyard.protocols.oip.errors import render_error
from modelyard.protocols.oip.routes import ROUTES
from modelyard.protocols.oip.state import OipState
from tests.support.gateway import gateway
from tests.support.shelf import Shelf


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(
        ROUTES, render_error, "linear", "odd", "tensor", state=lambda plane: OipState(plane, Shelf(plane.directory))
    ) as client:
        yield client
