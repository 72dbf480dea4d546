"""The REST API of Kubeflow Pipelines as a table."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.kfp import (
    experiments,
    parsing,
    pipelines,
    recurring_runs,
    runs,
    server,
    tasks,
    uploads,
    versions,
)
from modelyard.protocols.kfp.state import KfpState

V1ALPHA: Final = "/apis/v1alpha1"
V1: Final = "/apis/v1beta1"
V2: Final = "/apis/v2beta1"
PREFIXES: Final = ("/apis/",)
_EXPERIMENTS = f"{V2}/experiments"
_EXPERIMENT = f"{_EXPERIMENTS}/{{id}}"
_PIPELINES = f"{V2}/pipelines"
_PIPELINE = f"{_PIPELINES}/{{id}}"
_VERSION = f"{_PIPELINE}/versions/{{version}}"
_RUNS = f"{V2}/runs"
_RUN = f"{_RUNS}/{{id}}"
_RECURRING_RUNS = f"{V2}/recurringruns"
_RECURRING_RUN = f"{_RECURRING_RUNS}/{{id}}"
_LARGE = parsing.BODY_LIMIT

_OF_EXPERIMENTS: Sequence[Route[KfpState]] = (
    Route("GET", _EXPERIMENTS, experiments.index, "experiments.read", "Experiments"),
    Route("POST", _EXPERIMENTS, experiments.create, "experiments.create", "Creates an experiment"),
    Route("GET", _EXPERIMENT, experiments.get, "experiments.read", "One experiment"),
    Route("DELETE", _EXPERIMENT, experiments.delete, "experiments.delete", "Moves an experiment to the trash"),
    Route("POST", f"{_EXPERIMENT}:archive", experiments.archive, "experiments.update", "Archives it with its runs"),
    Route("POST", f"{_EXPERIMENT}:unarchive", experiments.unarchive, "experiments.update", "Brings it back"),
)
_OF_PIPELINES: Sequence[Route[KfpState]] = (
    Route("GET", _PIPELINES, pipelines.index, "pipelines.read", "Pipelines"),
    Route("POST", _PIPELINES, pipelines.create, "pipelines.create", "Creates a pipeline without a version"),
    Route(
        "POST",
        f"{_PIPELINES}/create",
        pipelines.create_with_version,
        "pipelines.create",
        "Creates a pipeline and its first version",
        max_body=_LARGE,
    ),
    Route(
        "POST",
        f"{_PIPELINES}/upload",
        uploads.pipeline,
        "pipelines.create",
        "Creates a pipeline and its first version from a file",
        max_body=_LARGE,
    ),
    Route(
        "POST",
        f"{_PIPELINES}/upload_version",
        uploads.version,
        "pipelines.update",
        "Adds a version from a file",
        max_body=_LARGE,
    ),
    Route("GET", f"{_PIPELINES}/names/{{name}}", pipelines.get_by_name, "pipelines.read", "One pipeline by its name"),
    Route("GET", _PIPELINE, pipelines.get, "pipelines.read", "One pipeline"),
    Route("PATCH", _PIPELINE, pipelines.update, "pipelines.update", "Changes what is said about a pipeline"),
    Route("DELETE", _PIPELINE, pipelines.delete, "pipelines.delete", "Deletes a pipeline"),
    Route("GET", f"{_PIPELINE}/versions", versions.index, "pipelines.read", "Versions of a pipeline"),
    Route("POST", f"{_PIPELINE}/versions", versions.create, "pipelines.update", "Adds a version", max_body=_LARGE),
    Route("GET", _VERSION, versions.get, "pipelines.read", "One version"),
    Route("PATCH", _VERSION, versions.update, "pipelines.update", "Changes what is said about a version"),
    Route("DELETE", _VERSION, versions.delete, "pipelines.delete", "Deletes a version"),
)
_OF_RUNS: Sequence[Route[KfpState]] = (
    Route("GET", _RUNS, runs.index, "pipeline_runs.read", "Runs of pipelines"),
    Route("POST", _RUNS, runs.create, "pipeline_runs.create", "Runs a pipeline", max_body=_LARGE),
    Route("GET", _RUN, runs.get, "pipeline_runs.read", "One run with its tasks"),
    Route("DELETE", _RUN, runs.delete, "pipeline_runs.delete", "Deletes a run, ended first if it is under way"),
    Route("POST", f"{_RUN}:terminate", runs.terminate, "pipeline_runs.terminate", "Ends a run"),
    Route("POST", f"{_RUN}:retry", runs.retry, "pipeline_runs.retry", "Does again what did not succeed"),
    Route("POST", f"{_RUN}:archive", runs.archive, "pipeline_runs.update", "Archives a run"),
    Route("POST", f"{_RUN}:unarchive", runs.unarchive, "pipeline_runs.update", "Brings a run back"),
    Route("GET", f"{V1ALPHA}/runs/{{id}}/nodes/{{node}}/log", tasks.log, "pipeline_runs.read", "What a task printed"),
    Route(
        "GET",
        f"{_RUN}/nodes/{{node}}/artifacts/{{name}}:read",
        tasks.artifact,
        "pipeline_runs.read",
        "The content of an artifact",
    ),
)
_OF_RECURRING_RUNS: Sequence[Route[KfpState]] = (
    Route("GET", _RECURRING_RUNS, recurring_runs.index, "schedules.read", "Schedules"),
    Route("POST", _RECURRING_RUNS, recurring_runs.create, "schedules.create", "Makes a schedule", max_body=_LARGE),
    Route("GET", _RECURRING_RUN, recurring_runs.get, "schedules.read", "One schedule"),
    Route("DELETE", _RECURRING_RUN, recurring_runs.delete, "schedules.delete", "Deletes a schedule"),
    Route("POST", f"{_RECURRING_RUN}:enable", recurring_runs.enable, "schedules.update", "Switches a schedule on"),
    Route("POST", f"{_RECURRING_RUN}:disable", recurring_runs.disable, "schedules.update", "Switches a schedule off"),
)
_OF_THE_SERVER: Sequence[Route[KfpState]] = (
    Route("GET", f"{V2}/healthz", server.healthz, PUBLIC, "The server answers"),
    Route("GET", f"{V2}/auth", server.auth, PUBLIC, "Whether the caller may call"),
    Route("POST", f"{V2}/visualizations/{{namespace}}", server.visualization, "pipeline_runs.read", "Not served"),
    *(
        Route(method, f"{V1}/{{rest:path}}", server.version_one, PUBLIC, "Names the way to kfp 2")
        for method in ("GET", "POST", "DELETE")
    ),
)
ROUTES: Final[Sequence[Route[KfpState]]] = (
    *_OF_THE_SERVER,
    *_OF_EXPERIMENTS,
    *_OF_PIPELINES,
    *_OF_RUNS,
    *_OF_RECURRING_RUNS,
)
