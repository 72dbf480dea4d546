"""Runs of pipelines side by side: each line has a cell for each run, in the order of the runs."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from modelyard.protocols.native.wire_pipelines import PipelineArtifact, PipelineRun

MOST_RUNS = 20


class CompareRuns(Struct, frozen=True, forbid_unknown_fields=True):
    """`runs` are up to 20 ids with commas between."""

    runs: Annotated[str, Meta(min_length=1, max_length=2000)]


class ComparedTask(Struct, frozen=True):
    """`tasks` counts rounds of loops; `state` is the worst of theirs; `ms` is missing while some have not ended."""

    task_id: str
    state: str
    tasks: int
    failed: int
    ms: int | None


class TaskLine(Struct, frozen=True):
    """`place` is the name of a task behind those of its groups."""

    place: str
    kind: str
    cells: list[ComparedTask | None]


class ValueLine(Struct, frozen=True):
    """A parameter that a task put out or, with a `key`, a metric of an artifact; `[2]` is a loop's second round."""

    place: str
    output: str
    key: str
    cells: list[Any]


class ArtifactLine(Struct, frozen=True):
    place: str
    output: str
    cells: list[PipelineArtifact | None]


class PipelineComparison(Struct, frozen=True):
    """`left_out` counts lines beyond the first thousand of a kind. Runs that are not there are left out."""

    runs: list[PipelineRun]
    tasks: list[TaskLine]
    values: list[ValueLine]
    artifacts: list[ArtifactLine]
    left_out: int
