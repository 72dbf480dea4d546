"""The part of the native API's table that changes runs and experiments, sums them up, and reads their artifacts."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import (
    archives,
    artifacts,
    endpoint_routes,
    experiment_changes,
    run_changes,
    run_overviews,
    tables,
    wire,
    wire_tables,
)
from modelyard.protocols.native import wire_runs as mine
from modelyard.protocols.native.state import NativeState

V1: Final = endpoint_routes.V1
_EXPERIMENT = f"{V1}/experiments/{{id}}"
_RUN = f"{V1}/runs/{{id}}"
_READ = "runs.read"

ROUTES: Final[Sequence[Route[NativeState]]] = (
    Route(
        "PATCH",
        _EXPERIMENT,
        experiment_changes.change,
        "experiments.update",
        "Rename an experiment, set and remove its tags",
        body=mine.ChangeExperiment,
        returns=wire.Experiment,
    ),
    Route(
        "DELETE",
        _EXPERIMENT,
        experiment_changes.delete,
        "experiments.delete",
        "Move an experiment and its runs to the trash",
    ),
    Route(
        "POST",
        f"{_EXPERIMENT}/restore",
        experiment_changes.restore,
        "experiments.delete",
        "Bring an experiment and all its runs back",
        returns=wire.Experiment,
    ),
    Route(
        "POST",
        f"{V1}/experiments/activity",
        run_overviews.activity,
        _READ,
        "How many runs experiments have, and when the last one began",
        body=mine.ReadActivity,
        returns=mine.Activities,
    ),
    Route(
        "POST",
        f"{V1}/runs/recent",
        run_overviews.recent,
        _READ,
        "The runs that run, those that failed, and the newest",
        body=mine.ReadRecent,
        returns=mine.Recent,
    ),
    Route(
        "POST",
        f"{V1}/runs/keys",
        run_overviews.keys,
        _READ,
        "Metrics, params or tags that runs of some experiments have",
        body=mine.FindKeys,
        returns=mine.FoundKeys,
    ),
    Route(
        "POST",
        f"{V1}/runs/groups",
        run_overviews.groups,
        _READ,
        "Runs by the values of params and tags, with mean and deviation of metrics",
        body=mine.GroupRuns,
        returns=mine.RunGroups,
    ),
    Route(
        "POST",
        f"{V1}/runs/delete",
        run_changes.delete,
        "runs.delete",
        "Move runs to the trash",
        body=mine.ChooseRuns,
        returns=mine.Changed,
    ),
    Route(
        "POST",
        f"{V1}/runs/restore",
        run_changes.restore,
        "runs.delete",
        "Bring runs back from the trash",
        body=mine.ChooseRuns,
        returns=mine.Changed,
    ),
    Route(
        "POST",
        f"{V1}/runs/tags",
        run_changes.tag,
        "runs.update",
        "Set and remove tags of several runs",
        body=mine.TagRuns,
        returns=mine.Changed,
    ),
    Route("PATCH", _RUN, run_changes.change, "runs.update", "Rename a run", body=mine.ChangeRun, returns=wire.Run),
    Route(
        "GET",
        f"{_RUN}/links",
        run_overviews.links,
        _READ,
        "Datasets and models that a run read or wrote, and versions made of it",
        returns=mine.Links,
    ),
    Route(
        "GET",
        f"{_RUN}/artifacts",
        artifacts.index,
        "artifacts.read",
        "What is directly in a folder of a run's artifacts",
        query=mine.ReadFolder,
        returns=mine.Folder,
    ),
    Route(
        "GET",
        f"{_RUN}/artifacts/content",
        artifacts.content,
        "artifacts.read",
        "A file of a run, whole or in part",
        query=mine.ReadFile,
        returns=bytes,
    ),
    Route(
        "GET",
        f"{_RUN}/artifacts/archive",
        archives.of_run,
        "artifacts.read",
        "A folder of a run's artifacts, or all of them, as a zip file",
        query=mine.ReadFolder,
        returns=bytes,
    ),
    Route(
        "GET",
        f"{_RUN}/artifacts/table",
        tables.page,
        "artifacts.read",
        "Some rows of a Parquet file of a run, as texts",
        query=wire_tables.ReadTable,
        returns=wire_tables.Table,
    ),
)
