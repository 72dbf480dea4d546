"""The native API as a table; openapi.py makes its document of it."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import (
    charts,
    endpoint_routes,
    event_stream,
    events,
    experiments,
    jobs,
    model_routes,
    pipeline_routes,
    run_routes,
    runs,
    server,
    trees,
    wire,
    wire_charts,
    wire_jobs,
    wire_runs,
    wire_trees,
)
from modelyard.protocols.native.state import NativeState

V1: Final = endpoint_routes.V1
_EXPERIMENT = f"{V1}/experiments/{{id}}"
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
        f"{_RUN}/tree",
        trees.below,
        "runs.read",
        "The runs nested in a run, at every level",
        query=wire_trees.ReadTree,
        returns=wire_trees.Tree,
    ),
    Route(
        "GET",
        f"{_RUN}/metrics/{{key:path}}/buckets",
        charts.one,
        "runs.read",
        "A metric as a chart has room for it, no peak lost",
        query=wire_charts.ReadChart,
        returns=wire_charts.Chart,
    ),
    Route(
        "POST",
        f"{V1}/runs/metrics/buckets",
        charts.several,
        "runs.read",
        "Metrics of several runs as a chart has room for them",
        body=wire_charts.ReadCharts,
        returns=wire_charts.Charts,
    ),
    Route(
        "GET",
        f"{_RUN}/metrics/{{key:path}}",
        runs.series,
        "runs.read",
        "All points of a metric",
        query=wire.ReadSeries,
        returns=wire.Points,
    ),
    *run_routes.ROUTES,
    *model_routes.ROUTES,
    *endpoint_routes.ROUTES,
    *pipeline_routes.ROUTES,
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
        "GET",
        f"{V1}/events/stream",
        event_stream.stream,
        "events.read",
        "Every change as it happens, as server-sent events",
        query=wire_runs.ReadStream,
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
