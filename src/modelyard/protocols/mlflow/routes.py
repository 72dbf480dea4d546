"""MLflow's REST API as tables, to be held against its reference."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.mlflow import experiments, metrics, runs, server, traces
from modelyard.protocols.mlflow.artifact_routes import ARTIFACT_ROUTES
from modelyard.protocols.mlflow.registry_routes import LOGGED_MODEL_ROUTES, REGISTRY_ROUTES, WEBHOOK_ROUTES
from modelyard.protocols.mlflow.state import MlflowState

API = "/api"
AJAX = "/ajax-api"
BOTH = (API, AJAX)
PREFIXES: Final = (
    "/api/2.0/",
    "/api/3.0/",
    "/ajax-api/",
    "/health",
    "/version",
    "/graphql",
    "/get-artifact",
    "/model-versions/",
)
"""Where an unknown path is refused in MLflow's words."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of MLflow's endpoints, which is there for programs and once more for its web pages."""

    method: str
    path: str
    handler: Callable[[Call[MlflowState]], Awaitable[Reply]]
    action: str
    summary: str
    version: int = 2
    prefixes: tuple[str, ...] = BOTH


TRACKING: Final[Sequence[Endpoint]] = (
    Endpoint("POST", "experiments/create", experiments.create, "experiments.create", "Creates an experiment"),
    Endpoint("GET", "experiments/get", experiments.get, "experiments.read", "An experiment by its id"),
    Endpoint(
        "GET", "experiments/get-by-name", experiments.get_by_name, "experiments.read", "An experiment by its name"
    ),
    Endpoint("GET", "experiments/search", experiments.search, "experiments.read", "Experiments that match a filter"),
    Endpoint("POST", "experiments/search", experiments.search, "experiments.read", "Experiments that match a filter"),
    Endpoint("POST", "experiments/update", experiments.update, "experiments.update", "Renames an experiment"),
    Endpoint(
        "POST", "experiments/delete", experiments.delete, "experiments.delete", "Moves it and its runs to the trash"
    ),
    Endpoint("POST", "experiments/restore", experiments.restore, "experiments.delete", "Brings it back with its runs"),
    Endpoint("POST", "experiments/set-experiment-tag", experiments.set_tag, "experiments.update", "Sets a tag"),
    Endpoint(
        "POST", "experiments/delete-experiment-tag", experiments.delete_tag, "experiments.update", "Removes a tag"
    ),
    Endpoint(
        "POST",
        "experiments/search-datasets",
        experiments.search_datasets,
        "experiments.read",
        "Datasets that runs of some experiments read",
        prefixes=(AJAX,),
    ),
    Endpoint("POST", "runs/create", runs.create, "runs.create", "Starts a run"),
    Endpoint("GET", "runs/get", runs.get, "runs.read", "A run with its params, tags and latest metrics"),
    Endpoint("POST", "runs/search", runs.search, "runs.read", "Runs of some experiments that match a filter"),
    Endpoint("POST", "runs/update", runs.update, "runs.update", "Sets a run's status, end or name"),
    Endpoint("POST", "runs/delete", runs.delete, "runs.delete", "Moves a run to the trash"),
    Endpoint("POST", "runs/restore", runs.restore, "runs.delete", "Brings a run back"),
    Endpoint("POST", "runs/log-metric", metrics.log_metric, "runs.log", "Adds a point to a metric"),
    Endpoint("POST", "runs/log-batch", metrics.log_batch, "runs.log", "Adds metrics, params and tags, all or nothing"),
    Endpoint("POST", "runs/log-parameter", runs.log_param, "runs.log", "Sets a param, once"),
    Endpoint("POST", "runs/set-tag", runs.set_tag, "runs.log", "Sets a tag of a run"),
    Endpoint("POST", "runs/delete-tag", runs.delete_tag, "runs.update", "Removes a tag of a run"),
    Endpoint("POST", "runs/log-inputs", runs.log_inputs, "runs.update", "Links datasets and models that a run reads"),
    Endpoint("POST", "runs/outputs", runs.log_outputs, "runs.update", "Links models that a run wrote"),
    Endpoint("POST", "runs/log-model", runs.log_model, "runs.log", "Notes a model in the run's history of models"),
    Endpoint("GET", "metrics/get-history", metrics.history, "runs.read", "Every point of a metric of a run"),
    Endpoint(
        "GET",
        "metrics/get-history-bulk",
        metrics.bulk,
        "runs.read",
        "Points of a metric of several runs",
        prefixes=(AJAX,),
    ),
    Endpoint(
        "GET",
        "metrics/get-history-bulk-interval",
        metrics.sampled,
        "runs.read",
        "Points of a metric of several runs, evenly sampled",
    ),
)
SERVER: Final[Sequence[Endpoint]] = (
    Endpoint("GET", "server-info", server.info, PUBLIC, "What this server can do", version=3),
    Endpoint("POST", "traces/search", traces.search, "runs.read", "No traces: none are kept", version=3),
)


def _routes(endpoints: Iterable[Endpoint]) -> Iterator[Route[MlflowState]]:
    for one in endpoints:
        for prefix in one.prefixes:
            path = f"{prefix}/{one.version}.0/mlflow/{one.path}"
            yield Route(one.method, path, one.handler, one.action, one.summary)


ROUTES: Final[Sequence[Route[MlflowState]]] = (
    Route("GET", "/health", server.health, PUBLIC, "The server answers"),
    Route("GET", "/version", server.version, PUBLIC, "The version of MLflow whose API this is"),
    *_routes(TRACKING),
    *_routes(SERVER),
    *REGISTRY_ROUTES,
    *LOGGED_MODEL_ROUTES,
    *WEBHOOK_ROUTES,
    *ARTIFACT_ROUTES,
)
