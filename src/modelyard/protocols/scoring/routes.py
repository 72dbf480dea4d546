from collections.abc import Iterator

from modelyard.protocols.http.routing import Route
from modelyard.protocols.scoring import invocations
from modelyard.serving.dataplane import DataPlane

PREFIXES = ("/endpoints",)


def _model(model: str, what: str) -> Iterator[Route[DataPlane]]:
    yield Route("POST", f"{model}/invocations", invocations.invoke, "endpoints.predict", f"Predict with {what}")
    yield Route("GET", f"{model}/ping", invocations.ping, "endpoints.read", f"Whether {what} answers")
    yield Route("GET", f"{model}/health", invocations.ping, "endpoints.read", f"Whether {what} answers")
    yield Route("GET", f"{model}/version", invocations.version, "endpoints.read", f"The mlflow version of {what}")


ROUTES: tuple[Route[DataPlane], ...] = (
    *_model("/endpoints/{name}", "an endpoint"),
    *_model("/endpoints/{owner}/{name}", "a model of an endpoint"),
)
