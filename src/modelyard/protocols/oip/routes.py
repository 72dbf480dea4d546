from collections.abc import Iterator

from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.oip import health, infer, models, repository
from modelyard.protocols.oip.state import OipState

ROOT = "/v2"
WITHIN = "/endpoints/{endpoint}/v2"
"""The same calls for a client that is pointed at one endpoint."""
PREFIXES = (ROOT, WITHIN)


def _server(root: str) -> Iterator[Route[OipState]]:
    whose = "the server" if root == ROOT else "an endpoint"
    which = "all endpoints" if root == ROOT else "an endpoint's models"
    yield Route("GET", root, health.server, PUBLIC, "Name, version and extensions of the server")
    yield Route("GET", f"{root}/health/live", health.live, PUBLIC, "Whether the server runs")
    ready = PUBLIC if root == ROOT else "endpoints.read"
    yield Route("GET", f"{root}/health/ready", health.ready, ready, f"Whether {whose} takes requests")
    yield Route("GET", f"{root}/models", models.listing, "endpoints.read", f"Names of {which}")
    counted = f"Triton's statistics of {which}"
    yield Route("GET", f"{root}/models/stats", models.all_statistics, "endpoints.read", counted)


def _model(model: str, what: str) -> Iterator[Route[OipState]]:
    yield Route("POST", f"{model}/infer", infer.infer, "endpoints.predict", f"Predict with {what}")
    pieces = f"The answer of {what} in pieces, as events"
    yield Route("POST", f"{model}/infer_stream", infer.infer_stream, "endpoints.predict", pieces)
    yield Route("GET", model, models.metadata, "endpoints.read", f"Inputs and outputs of {what}")
    yield Route("GET", f"{model}/ready", models.ready, "endpoints.read", f"Whether {what} answers")
    yield Route("GET", f"{model}/config", models.config, "endpoints.read", f"The same of {what} in Triton's words")
    yield Route("GET", f"{model}/stats", models.statistics, "endpoints.read", f"Triton's statistics of {what}")


def _models(model: str, what: str) -> Iterator[Route[OipState]]:
    yield from _model(model, what)
    yield from _model(f"{model}/versions/{{version}}", "a version")


def _repository(root: str, *models: str) -> Iterator[Route[OipState]]:
    known = "What could be served, and how it is"
    yield Route("POST", f"{root}/repository/index", repository.index, "endpoints.read", known)
    for model in (f"{root}/repository/models/{one}" for one in models):
        yield Route("POST", f"{model}/load", repository.load, "endpoints.deploy", "Serve again what was unloaded")
        yield Route("POST", f"{model}/unload", repository.unload, "endpoints.deploy", "Do not serve until loaded again")


ROUTES: tuple[Route[OipState], ...] = (
    *_server(ROOT),
    *_models(f"{ROOT}/models/{{name}}", "a model"),
    *_repository(ROOT, "{name}", "{owner}/{name}"),
    *_server(WITHIN),
    *_repository(WITHIN, "{name}"),
    *_models(f"{WITHIN}/models/{{name}}", "a model of an endpoint"),
    *_models(f"{ROOT}/models/{{owner}}/{{name}}", "a model of an endpoint"),
)
