"""The part of the native API's table that is about pipelines, their runs and schedules."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import pipeline_runs, pipelines, schedules
from modelyard.protocols.native import wire_pipelines as wire
from modelyard.protocols.native.endpoint_routes import V1
from modelyard.protocols.native.state import NativeState
from modelyard.protocols.native.wire_comparison import CompareRuns, PipelineComparison
from modelyard.protocols.native.wire_runs import Folder

_PIPELINES = f"{V1}/pipelines"
_PIPELINE = f"{_PIPELINES}/{{id}}"
_VERSION = f"{_PIPELINE}/versions/{{version}}"
_RUNS = f"{V1}/pipeline-runs"
_RUN = f"{_RUNS}/{{id}}"
_SCHEDULES = f"{V1}/schedules"
_SCHEDULE = f"{_SCHEDULES}/{{id}}"
_READ = "pipelines.read"
_READ_RUNS = "pipeline_runs.read"
_LARGE = pipelines.LARGEST

_OF_PIPELINES: Sequence[Route[NativeState]] = (
    Route(
        "GET",
        _PIPELINES,
        pipelines.index,
        _READ,
        "Pipelines, newest first",
        query=wire.ListPipelines,
        returns=wire.Pipelines,
    ),
    Route(
        "POST",
        _PIPELINES,
        pipelines.create,
        "pipelines.create",
        "Keep a pipeline, with a first version",
        body=wire.CreatePipeline,
        returns=wire.Pipeline,
        max_body=_LARGE,
    ),
    Route("GET", _PIPELINE, pipelines.get, _READ, "One pipeline", returns=wire.Pipeline),
    Route(
        "PATCH",
        _PIPELINE,
        pipelines.change,
        "pipelines.update",
        "Change what a pipeline is called and said to be",
        body=wire.ChangePipeline,
        returns=wire.Pipeline,
    ),
    Route("DELETE", _PIPELINE, pipelines.delete, "pipelines.delete", "Delete a pipeline with its versions"),
    Route(
        "GET",
        f"{_PIPELINE}/versions",
        pipelines.versions,
        _READ,
        "Versions of a pipeline, newest first",
        query=wire.ListPage,
        returns=wire.PipelineVersions,
    ),
    Route(
        "POST",
        f"{_PIPELINE}/versions",
        pipelines.add_version,
        "pipelines.update",
        "Add a version",
        body=wire.AddVersion,
        returns=wire.PipelineVersion,
        max_body=_LARGE,
    ),
    Route("GET", _VERSION, pipelines.version, _READ, "One version", returns=wire.PipelineVersion),
    Route("DELETE", _VERSION, pipelines.delete_version, "pipelines.delete", "Delete a version"),
)
_OF_RUNS: Sequence[Route[NativeState]] = (
    Route(
        "GET",
        _RUNS,
        pipeline_runs.index,
        _READ_RUNS,
        "Runs of pipelines, newest first",
        query=wire.ListRuns,
        returns=wire.PipelineRuns,
    ),
    Route(
        "POST",
        _RUNS,
        pipeline_runs.start,
        "pipeline_runs.create",
        "Run a pipeline",
        body=wire.StartRun,
        returns=wire.PipelineRun,
        max_body=_LARGE,
    ),
    Route("GET", _RUN, pipeline_runs.get, _READ_RUNS, "One run with its tasks", returns=wire.PipelineRunDetail),
    Route("DELETE", _RUN, pipeline_runs.delete, "pipeline_runs.delete", "Delete a run, ended first if it is under way"),
    Route(
        "GET",
        f"{_RUN}/document",
        pipeline_runs.document,
        _READ_RUNS,
        "What a run runs: the IR, with its platforms beside",
        returns=wire.PipelineDocument,
    ),
    Route(
        "GET",
        f"{_RUN}/tasks/{{task}}/log",
        pipeline_runs.log,
        _READ_RUNS,
        "What a task has printed",
        query=wire.ReadLog,
        returns=wire.Log,
    ),
    Route(
        "GET",
        f"{_RUN}/lineage",
        pipeline_runs.lineage,
        _READ_RUNS,
        "What a run made: artifacts, model versions, and the endpoints that serve these",
        returns=wire.RunLineage,
    ),
    Route(
        "GET",
        f"{_RUN}/tasks/{{task}}/cache-source",
        pipeline_runs.cache_source,
        _READ_RUNS,
        "The task, and its run, whose outputs a cached task took",
        returns=wire.CacheSource,
    ),
    Route(
        "GET",
        f"{V1}/pipeline-comparison",
        pipeline_runs.compare,
        _READ_RUNS,
        "Runs side by side: their tasks, what these put out, and their artifacts",
        query=CompareRuns,
        returns=PipelineComparison,
    ),
    Route(
        "POST",
        f"{_RUN}/cancel",
        pipeline_runs.cancel,
        "pipeline_runs.terminate",
        "End a run; one that has ended is left alone",
        returns=wire.PipelineRun,
    ),
    Route(
        "POST",
        f"{_RUN}/retry",
        pipeline_runs.retry,
        "pipeline_runs.retry",
        "Do again what did not succeed",
        returns=wire.PipelineRun,
    ),
    Route(
        "POST", f"{_RUN}/archive", pipeline_runs.archive, "pipeline_runs.update", "Archive", returns=wire.PipelineRun
    ),
    Route(
        "POST",
        f"{_RUN}/unarchive",
        pipeline_runs.unarchive,
        "pipeline_runs.update",
        "Bring it back",
        returns=wire.PipelineRun,
    ),
    Route(
        "GET",
        f"{V1}/pipeline-artifacts/{{id}}",
        pipeline_runs.artifact,
        _READ_RUNS,
        "Who made and who read an artifact, and what became of it",
        returns=wire.ArtifactLineage,
    ),
    Route(
        "GET",
        f"{V1}/pipeline-artifacts/{{id}}/files",
        pipeline_runs.files,
        _READ_RUNS,
        "What is in an artifact that is a directory",
        query=wire.ReadPlaces,
        returns=Folder,
    ),
    Route(
        "GET",
        f"{V1}/pipeline-artifacts/{{id}}/content",
        pipeline_runs.content,
        _READ_RUNS,
        "The file of an artifact, or one within it, whole or in part",
        query=wire.ReadContent,
        returns=bytes,
    ),
)
_OF_SCHEDULES: Sequence[Route[NativeState]] = (
    Route(
        "GET",
        _SCHEDULES,
        schedules.index,
        "schedules.read",
        "Schedules, newest first",
        query=wire.ListPage,
        returns=wire.Schedules,
    ),
    Route(
        "POST",
        _SCHEDULES,
        schedules.create,
        "schedules.create",
        "Run a pipeline again and again",
        body=wire.CreateSchedule,
        returns=wire.Schedule,
    ),
    Route(
        "GET",
        f"{V1}/schedule-times",
        schedules.times,
        "schedules.read",
        "When a schedule like this would start runs",
        query=wire.ReadTimes,
        returns=wire.Times,
    ),
    Route("GET", _SCHEDULE, schedules.get, "schedules.read", "One schedule", returns=wire.Schedule),
    Route("DELETE", _SCHEDULE, schedules.delete, "schedules.delete", "Delete a schedule; its runs stay"),
    Route("POST", f"{_SCHEDULE}/enable", schedules.enable, "schedules.update", "Switch it on", returns=wire.Schedule),
    Route(
        "POST", f"{_SCHEDULE}/disable", schedules.disable, "schedules.update", "Switch it off", returns=wire.Schedule
    ),
)
ROUTES: Final[Sequence[Route[NativeState]]] = (*_OF_PIPELINES, *_OF_RUNS, *_OF_SCHEDULES)
