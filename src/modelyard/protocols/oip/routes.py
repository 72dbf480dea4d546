from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.oip import health, infer, models
from modelyard.serving.dataplane import DataPlane

PREFIXES = ("/v2",)
_MODEL = "/v2/models/{name}"
_VERSION = "/v2/models/{name}/versions/{version}"

ROUTES: tuple[Route[DataPlane], ...] = (
    Route("GET", "/v2", health.server, PUBLIC, "Name, version and extensions of the server"),
    Route("GET", "/v2/health/live", health.live, PUBLIC, "Whether the server runs"),
    Route("GET", "/v2/health/ready", health.ready, PUBLIC, "Whether the server takes requests"),
    Route("GET", "/v2/models", models.listing, "endpoints.read", "Names of all endpoints"),
    Route("GET", _MODEL, models.metadata, "endpoints.read", "Inputs and outputs of a model"),
    Route("GET", _VERSION, models.metadata, "endpoints.read", "Inputs and outputs of a version"),
    Route("GET", f"{_MODEL}/ready", models.ready, "endpoints.read", "Whether a model answers"),
    Route("GET", f"{_VERSION}/ready", models.ready, "endpoints.read", "Whether a version answers"),
    Route("POST", f"{_MODEL}/infer", infer.infer, "endpoints.predict", "Predict"),
    Route("POST", f"{_VERSION}/infer", infer.infer, "endpoints.predict", "Predict with a version"),
)
