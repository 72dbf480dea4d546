from collections.abc import Iterator

from modelyard.protocols.http.routing import Route
from modelyard.protocols.kserve import models
from modelyard.serving.dataplane import DataPlane

ROOT = "/v1"
WITHIN = "/endpoints/{endpoint}/v1"
"""The same calls for a client that is pointed at one endpoint."""
PREFIXES = (ROOT, WITHIN)


def _model(model: str, what: str) -> Iterator[Route[DataPlane]]:
    yield Route("POST", f"{model}:predict", models.predict, "endpoints.predict", f"Predict with {what}")
    yield Route("POST", f"{model}:explain", models.explain, "endpoints.predict", f"Explain predictions of {what}")
    yield Route("GET", model, models.ready, "endpoints.read", f"Whether {what} answers")


ROUTES: tuple[Route[DataPlane], ...] = (
    Route("GET", f"{ROOT}/models", models.listing, "endpoints.read", "Names of all endpoints"),
    *_model(f"{ROOT}/models/{{name}}", "a model"),
    Route("GET", "/endpoints/{endpoint}/", models.alive, "endpoints.read", "Whether an endpoint answers"),
    Route("POST", "/endpoints/{endpoint}/", models.route, "endpoints.predict", "Predict, as a graph's router does"),
    Route("GET", f"{WITHIN}/models", models.listing, "endpoints.read", "Names of an endpoint's models"),
    *_model(f"{WITHIN}/models/{{name}}", "a model of an endpoint"),
    *_model(f"{ROOT}/models/{{owner}}/{{name}}", "a model of an endpoint"),
)
