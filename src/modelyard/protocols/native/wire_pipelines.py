"""Pipelines, their runs and schedules. Times are milliseconds since the epoch, UTC."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from modelyard.protocols.native.wire import ExperimentId, Limit, PageToken

Document = Annotated[str, Meta(extra_json_schema={"format": "pipeline-document"})]
Cron = Annotated[str, Meta(extra_json_schema={"format": "cron-with-seconds"})]
PipelineName = Annotated[str, Meta(min_length=1, max_length=128, extra_json_schema={"format": "model-name"})]
Time = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]
RunState = Literal["PENDING", "RUNNING", "CANCELING", "SUCCEEDED", "FAILED", "CANCELED"]


class Pipeline(Struct, frozen=True):
    id: str
    name: str
    display_name: str
    description: str
    created_at: int
    tags: dict[str, str]


class Pipelines(Struct, frozen=True):
    """One page of `total`; `next_page_token` asks for the next one and is missing on the last."""

    items: list[Pipeline]
    total: int
    next_page_token: str | None = None


class ListPipelines(Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is part of a name."""

    name: str = ""
    limit: Limit = 100
    page_token: PageToken | None = None


class CreatePipeline(Struct, frozen=True, forbid_unknown_fields=True):
    """`document` is what the kfp SDK compiled, as YAML or JSON; it becomes the first version.

    In its stead, `archive` is a file with it as it is, which may be a zip or tar.gz.
    """

    name: PipelineName
    document: Document = ""
    archive: bytes = b""
    display_name: str = ""
    description: str = ""


class ChangePipeline(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; so does the name, which others know the pipeline by."""

    display_name: str | None = None
    description: str | None = None


class AddVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a name, one is made up. `document` or `archive` as of a new pipeline."""

    document: Document = ""
    archive: bytes = b""
    name: str = ""
    description: str = ""


class PipelineVersion(Struct, frozen=True):
    """`document` is the IR, with its `platforms` beside; missing in lists."""

    id: str
    pipeline_id: str
    name: str
    display_name: str
    description: str
    created_at: int
    tags: dict[str, str]
    document: Any = None


class PipelineVersions(Struct, frozen=True):
    """One page of `total`, the newest first."""

    items: list[PipelineVersion]
    total: int
    next_page_token: str | None = None


class ListPage(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 100
    page_token: PageToken | None = None


class TaskFailure(Struct, frozen=True):
    code: int
    message: str


class Moment(Struct, frozen=True):
    at: int
    state: str
    error: TaskFailure | None = None


class PipelineArtifact(Struct, frozen=True):
    id: str
    name: str
    type: str
    uri: str
    metadata: dict[str, Any]


class Values(Struct, frozen=True):
    parameters: dict[str, Any]
    artifacts: dict[str, list[PipelineArtifact]]


class Task(Struct, frozen=True):
    """`parent_id` is empty for the root; `iteration` counts within a loop; `cached_from` is whose outputs these are."""

    id: str
    parent_id: str
    name: str
    display_name: str
    kind: str
    state: str
    iteration: int | None
    attempt: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    inputs: Values
    outputs: Values
    error: TaskFailure | None
    cached_from: str
    history: list[Moment]


class PipelineRun(Struct, frozen=True):
    """`pipeline` is the name in what it runs; `pipeline_id` is empty when that is not kept as a pipeline."""

    id: str
    experiment_id: str
    name: str
    description: str
    state: str
    archived: bool
    user: str
    pipeline: str
    pipeline_id: str
    version_id: str
    schedule_id: str
    trigger_id: str
    tracking_run_id: str
    parameters: dict[str, Any]
    error: TaskFailure | None
    created_at: int
    scheduled_at: int
    started_at: int | None
    ended_at: int | None
    history: list[Moment]


class PipelineDocument(Struct, frozen=True):
    """The IR that a run runs, with its `platforms` beside."""

    document: Any


class PipelineRunDetail(Struct, frozen=True):
    """The run and its tasks, those begun first coming first."""

    run: PipelineRun
    tasks: list[Task]


class PipelineRuns(Struct, frozen=True):
    """One page of `total`, the newest first."""

    items: list[PipelineRun]
    total: int
    next_page_token: str | None = None


class ListRuns(Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is part of the name or id of the run, or of its pipeline's name.

    `archived` runs are left out unless they are asked for.
    """

    name: str = ""
    experiment_id: ExperimentId | None = None
    pipeline_id: str = ""
    schedule_id: str = ""
    trigger_id: str = ""
    state: RunState | None = None
    archived: bool = False
    limit: Limit = 100
    page_token: PageToken | None = None


class StartRun(Struct, frozen=True, forbid_unknown_fields=True):
    """Of a pipeline, in the named version or its newest; or of what is not kept as a pipeline.

    That is a `document` or an `archive` as of a new pipeline.
    """

    name: str = ""
    experiment_id: ExperimentId = "0"
    description: str = ""
    pipeline_id: str = ""
    version_id: str = ""
    document: Document = ""
    archive: bytes = b""
    parameters: dict[str, Any] = {}


class ReadLog(Struct, frozen=True, forbid_unknown_fields=True):
    """From this byte on; to follow, ask again from `next_offset` until it is `over`."""

    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Log(Struct, frozen=True):
    """Up to 256 KiB of what the task's latest try printed. `over`: nothing will be added."""

    text: str
    next_offset: int
    over: bool


class ReadPlaces(Struct, frozen=True, forbid_unknown_fields=True):
    """`path` is relative to the artifact; empty is all of it."""

    path: str = ""


class ReadContent(Struct, frozen=True, forbid_unknown_fields=True):
    """`path` within an artifact that is a directory. With `page`, HTML is sent as a page that can reach nothing."""

    path: str = ""
    page: bool = False


class Use(Struct, frozen=True):
    """A task that made or read an artifact."""

    run_id: str
    run_name: str
    task_id: str
    task_name: str
    direction: str
    name: str


class MadeModel(Struct, frozen=True):
    """A model version that came of a run, and the endpoints that serve it."""

    model: str
    version: int
    source: str
    endpoints: list[str]


class ArtifactLineage(Struct, frozen=True):
    """Tasks that made or read an artifact, and the model versions that were registered of it."""

    id: str
    uri: str
    type: str
    uses: list[Use]
    models: list[MadeModel]


class CacheSource(Struct, frozen=True):
    """The task whose outputs a cached one took, and its run."""

    run_id: str
    run_name: str
    task_id: str
    task_name: str


class RunLineage(Struct, frozen=True):
    """What a run made: artifacts, and model versions registered by its steps or of its artifacts."""

    artifacts: list[PipelineArtifact]
    models: list[MadeModel]


class Schedule(Struct, frozen=True):
    """Either `cron`, with seconds first, or `every` so many seconds; `next_at` is when its next run is due."""

    id: str
    experiment_id: str
    name: str
    description: str
    enabled: bool
    cron: str
    every: int
    start_at: int | None
    end_at: int | None
    catch_up: bool
    max_concurrency: int
    parameters: dict[str, Any]
    pipeline_id: str
    version_id: str
    runs: int
    next_at: int | None
    error: str
    user: str
    created_at: int
    updated_at: int


class Schedules(Struct, frozen=True):
    """One page of `total`, the newest first."""

    items: list[Schedule]
    total: int
    next_page_token: str | None = None


class CreateSchedule(Struct, frozen=True, forbid_unknown_fields=True):
    """Either `cron`, with seconds first, or `every` so many seconds. Without a version the newest is run each time."""

    name: str
    pipeline_id: str
    version_id: str = ""
    experiment_id: ExperimentId = "0"
    description: str = ""
    cron: Cron = ""
    every: Annotated[int, Meta(ge=0, le=10**9)] = 0
    start_at: Time | None = None
    end_at: Time | None = None
    catch_up: bool = True
    max_concurrency: Annotated[int, Meta(ge=1, le=10)] = 1
    parameters: dict[str, Any] = {}
    enabled: bool = True


class ReadTimes(Struct, frozen=True, forbid_unknown_fields=True):
    """Either `cron`, with seconds first, or `every` so many seconds; times `after` a moment, else from now on."""

    cron: Cron = ""
    every: Annotated[int, Meta(ge=0, le=10**9)] = 0
    start_at: Time | None = None
    end_at: Time | None = None
    after: Time | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 5


class Times(Struct, frozen=True):
    """When runs would be started, the soonest first; fewer than asked for when it ends before."""

    items: list[int]
