from modelyard.protocols.http.routing import Route
from modelyard.protocols.kubedirector import predictions
from modelyard.serving.dataplane import DataPlane

# These paths have no prefix of their own, so their table comes last: it answers only what nobody else does.
PREFIXES: tuple[str, ...] = ()
_PREDICT = "endpoints.predict"

ROUTES: tuple[Route[DataPlane], ...] = (
    Route("POST", "/{name}/{version}/predict", predictions.predict, _PREDICT, "Run a model's scoring script"),
    Route(
        "POST",
        "/endpoints/{endpoint}/{name}/{version}/predict",
        predictions.predict,
        _PREDICT,
        "Run the scoring script of one of an endpoint's models",
    ),
)
