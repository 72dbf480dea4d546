from modelyard.protocols.http.routing import Route
from modelyard.protocols.kserve import models
from modelyard.serving.dataplane import DataPlane

PREFIXES = ("/v1",)

ROUTES: tuple[Route[DataPlane], ...] = (
    Route("GET", "/v1/models", models.listing, "endpoints.read", "Names of all endpoints"),
    Route("GET", "/v1/models/{name}", models.ready, "endpoints.read", "Whether a model answers"),
    Route("POST", "/v1/models/{name}:predict", models.predict, "endpoints.predict", "Predict"),
)
