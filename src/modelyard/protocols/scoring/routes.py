from modelyard.protocols.http.routing import Route
from modelyard.protocols.scoring import invocations
from modelyard.serving.dataplane import DataPlane

PREFIXES = ("/endpoints",)
_ENDPOINT = "/endpoints/{name}"

ROUTES: tuple[Route[DataPlane], ...] = (
    Route("POST", f"{_ENDPOINT}/invocations", invocations.invoke, "endpoints.predict", "Predict"),
    Route("GET", f"{_ENDPOINT}/ping", invocations.ping, "endpoints.read", "Whether an endpoint answers"),
    Route("GET", f"{_ENDPOINT}/version", invocations.version, "endpoints.read", "The mlflow version of the model"),
)
