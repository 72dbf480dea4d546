from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import experiments, server, wire
from modelyard.protocols.native.state import NativeState

V1: Final = "/api/v1"
ROUTES: Final[Sequence[Route[NativeState]]] = (
    Route("GET", f"{V1}/server", server.get, "server.read", "Who answers, and where data lies", returns=wire.Server),
    Route(
        "GET",
        f"{V1}/experiments",
        experiments.index,
        "experiments.read",
        "List experiments, newest first",
        query=wire.ListExperiments,
        returns=wire.Experiments,
    ),
    Route(
        "GET",
        f"{V1}/experiments/{{id}}",
        experiments.get,
        "experiments.read",
        "One experiment, deleted or not",
        returns=wire.Experiment,
    ),
)
