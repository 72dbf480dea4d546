from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.operations import health, pages
from modelyard.protocols.operations.state import OperationsState

ROUTES: Final[Sequence[Route[OperationsState]]] = (
    Route("GET", "/healthz/live", health.live, PUBLIC, "The process answers"),
    Route("GET", "/healthz/ready", health.ready, PUBLIC, "The server can do its work; 503 and the reasons when not"),
    Route("GET", "/metrics", health.metrics, "metrics.read", "Counters and timings for Prometheus"),
    Route("GET", "/docs", pages.documentation, PUBLIC, "The native API as a page"),
    Route("GET", "/openapi.json", pages.openapi, PUBLIC, "The native API as an OpenAPI document"),
)
