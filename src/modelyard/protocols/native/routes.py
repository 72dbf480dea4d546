"""The native API as a table; openapi.py makes its document of it."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import endpoints, events, experiments, jobs, models, runs, server, wire, wire_jobs
from modelyard.protocols.native.state import NativeState

V1: Final = "/api/v1"
_ENDPOINT = f"{V1}/endpoints/{{name}}"
_EXPERIMENT = f"{V1}/experiments/{{id}}"
_MODEL = f"{V1}/models/{{name}}"
_RUN = f"{V1}/runs/{{id}}"

ROUTES: Final[Sequence[Route[NativeState]]] = (
    Route("GET", f"{V1}/server", server.get, "server.read", "Who answers, and where data lies", returns=wire.Server),
    Route(
        "GET",
        f"{V1}/experiments",
        experiments.index,
        "experiments.read",
        "Experiments, newest first",
        query=wire.ListExperiments,
        returns=wire.Experiments,
    ),
    Route("GET", _EXPERIMENT, experiments.get, "experiments.read", "One experiment", returns=wire.Experiment),
    Route(
        "POST",
        f"{V1}/runs/search",
        runs.search,
        "runs.read",
        "Runs of some experiments, newest first unless ordered",
        body=wire.SearchRuns,
        returns=wire.Runs,
    ),
    Route(
        "POST",
        f"{V1}/runs/count",
        runs.count,
        "runs.read",
        "How many runs a search would find",
        body=wire.CountRuns,
        returns=wire.RunCount,
    ),
    Route("GET", _RUN, runs.get, "runs.read", "One run", returns=wire.Run),
    Route(
        "GET",
        f"{_RUN}/metrics/{{key:path}}",
        runs.series,
        "runs.read",
        "All points of a metric",
        query=wire.ReadSeries,
        returns=wire.Points,
    ),
    Route(
        "GET",
        f"{V1}/models",
        models.index,
        "models.read",
        "Registered models by name",
        query=wire.ListModels,
        returns=wire.Models,
    ),
    Route("GET", _MODEL, models.get, "models.read", "One registered model", returns=wire.Model),
    Route(
        "GET",
        f"{_MODEL}/versions",
        models.versions,
        "models.read",
        "Versions of a model, newest first",
        query=wire.ListVersions,
        returns=wire.ModelVersions,
    ),
    Route(
        "GET",
        f"{_MODEL}/versions/{{version}}",
        models.version,
        "models.read",
        "One version of a model",
        returns=wire.ModelVersion,
    ),
    Route(
        "GET",
        f"{_MODEL}/history",
        models.history,
        "models.read",
        "Who moved which alias or stage, newest first",
        returns=wire.Moves,
    ),
    Route("GET", f"{V1}/endpoints", endpoints.index, "endpoints.read", "All endpoints", returns=wire.Endpoints),
    Route("GET", _ENDPOINT, endpoints.get, "endpoints.read", "One endpoint", returns=wire.Endpoint),
    Route(
        "PUT",
        _ENDPOINT,
        endpoints.deploy,
        "endpoints.deploy",
        "Serve a model: a new endpoint, or the next revision of this one",
        body=wire.Deploy,
        returns=wire.Endpoint,
    ),
    Route("DELETE", _ENDPOINT, endpoints.remove, "endpoints.delete", "Stop serving, after what runs has finished"),
    Route(
        "GET",
        f"{_ENDPOINT}/logs",
        endpoints.logs,
        "endpoints.read",
        "The last lines that the model's process wrote",
        query=wire.ReadLogs,
        returns=wire.Logs,
    ),
    Route(
        "GET",
        f"{V1}/events",
        events.index,
        "events.read",
        "Every change, newest first",
        query=wire.ListEvents,
        returns=wire.Events,
    ),
    Route(
        "POST",
        f"{V1}/gc",
        jobs.delete_for_good,
        "gc.run",
        "Delete for good what is in the trash, or say what that would be",
        body=wire_jobs.DeleteForGood,
        returns=wire_jobs.Deletion,
    ),
    Route(
        "GET",
        f"{V1}/jobs",
        jobs.index,
        "jobs.read",
        "Work in the background, newest first",
        query=wire_jobs.ListJobs,
        returns=wire_jobs.Jobs,
    ),
    Route("GET", f"{V1}/jobs/{{id}}", jobs.get, "jobs.read", "One job", returns=wire_jobs.Job),
)
