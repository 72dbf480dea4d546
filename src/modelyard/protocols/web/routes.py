"""Where the web interface answers. Every address that the interface can show is a line here: nothing is shadowed."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.web import pages
from modelyard.protocols.web.state import WebState

PAGES: Final = (
    "/experiments",
    "/experiments/{id}",
    "/experiments/{id}/runs/{run}",
    "/compare",
    "/models",
    "/models/{name}",
    "/models/{name}/versions/{version}",
    "/pipelines",
    "/pipelines/runs",
    "/pipelines/compare",
    "/pipelines/{id}",
    "/pipelines/runs/{run}",
    "/schedules",
    "/triggers",
    "/endpoints",
    "/endpoints/{name}",
    "/gallery",
    "/settings",
)

ROUTES: Final[Sequence[Route[WebState]]] = (
    Route("GET", "/", pages.root, PUBLIC, "The web interface; to who does not ask for HTML, that the server lives"),
    Route("GET", "/assets/{path:path}", pages.asset, PUBLIC, "What the web interface loads, for ever the same"),
    Route("GET", "/favicon.svg", pages.icon, PUBLIC, "Its icon"),
    *(Route("GET", path, pages.page, PUBLIC, "The web interface") for path in PAGES),
)
