from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from modelyard.protocols.oip.errors import render_error
from modelyard.protocols.oip.routes import ROUTES
from modelyard.protocols.oip.state import OipState
from modelyard.serving.dataplane import Limits
from tests.support.gateway import LIMITS, gateway
from tests.support.shelf import Shelf


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with opened("linear", "odd", "tensor") as client:
        yield client


def opened(*models: str, limits: Limits = LIMITS) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    return gateway(
        ROUTES, render_error, *models, state=lambda plane: OipState(plane, Shelf(plane.directory)), limits=limits
    )
