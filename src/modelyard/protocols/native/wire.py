"""The resources of the native API. Times are milliseconds since the epoch, UTC."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

EventId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
ExperimentFilter = Annotated[str, Meta(extra_json_schema={"format": "mlflow-experiment-filter"})]
ExperimentId = Annotated[str, Meta(extra_json_schema={"format": "int64"})]
ModelFilter = Annotated[str, Meta(extra_json_schema={"format": "mlflow-model-filter"})]
ModelUri = Annotated[str, Meta(extra_json_schema={"format": "model-uri"})]
PageToken = Annotated[str, Meta(extra_json_schema={"format": "page-token"})]
RunFilter = Annotated[str, Meta(extra_json_schema={"format": "mlflow-run-filter"})]
RunField = Annotated[str, Meta(extra_json_schema={"format": "run-field"})]
RunOrder = Annotated[str, Meta(extra_json_schema={"format": "mlflow-run-order"})]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Offset = Annotated[int, Meta(ge=0, le=100_000_000)]
View = Literal["active", "deleted", "all"]


class Error(Struct, frozen=True):
    """`code` is for programs and stays; `message` is for people; the server's log has more under the request id."""

    code: str
    message: str
    request_id: str = ""


class ErrorBody(Struct, frozen=True):
    error: Error


class Server(Struct, frozen=True):
    """Who answers."""

    name: str
    version: str
    url: str
    data_dir: str
    database: str
    artifacts: str
    pid: int
    started_at: int
    grpc: str = ""  # host:port, empty when gRPC is not spoken


class Experiment(Struct, frozen=True):
    id: str
    name: str
    artifact_location: str
    lifecycle: str
    created_at: int
    updated_at: int
    tags: dict[str, str]


class Experiments(Struct, frozen=True):
    """One page; `next_page_token` asks for the next one and is missing on the last."""

    items: list[Experiment]
    next_page_token: str | None = None


class ListExperiments(Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` is MLflow's: `name ILIKE '%taxi%'`, `tags.team = 'x'`."""

    view: View = "active"
    filter: ExperimentFilter = ""
    limit: Limit = 100
    page_token: PageToken | None = None


class KeyValue(Struct, frozen=True):
    key: str
    value: str


class Metric(Struct, frozen=True):
    """The latest point of a metric. JSON has no number for NaN, Infinity and -Infinity: they come as these words."""

    key: str
    value: float | str
    timestamp: int
    step: int


class RunData(Struct, frozen=True):
    """What was logged to a run, each list sorted by key."""

    metrics: list[Metric] = []
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


class Run(Struct, frozen=True):
    """A run with its params, tags and latest metrics."""

    id: str
    experiment_id: str
    name: str
    user: str
    status: str
    lifecycle: str
    started_at: int
    ended_at: int | None
    artifact_uri: str
    metrics: list[Metric]
    params: list[KeyValue]
    tags: list[KeyValue]


class Runs(Struct, frozen=True):
    """One page; `next_page_token` asks for the next one and is missing on the last.

    `ancestors` are the runs that these are nested in, at every level, and `total` is how many runs match on all pages,
    if they were asked for.
    """

    items: list[Run]
    next_page_token: str | None = None
    ancestors: list[Run] = []
    total: int | None = None


class SearchRuns(Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` and `order_by` are MLflow's: `metrics.mae < 200 and tags.city = 'ny'`, `metrics.mae ASC`.

    `fields` limits what is read of each run: `metrics.mae`, `params.kind`, `tags.city`, or all `params`; without it
    everything is read, and nothing when it is empty.

    `offset` runs are passed over, for who jumps far down a list; to read all, page tokens are quicker and miss none.
    """

    experiment_ids: list[ExperimentId]
    filter: RunFilter = ""
    order_by: Annotated[list[RunOrder], Meta(max_length=50, extra_json_schema={"uniqueItems": True})] = []
    view: View = "active"
    limit: Limit = 100
    page_token: PageToken | None = None
    fields: Annotated[list[RunField], Meta(max_length=1000)] | None = None
    with_ancestors: bool = False
    with_total: bool = False
    offset: Offset = 0


class CountRuns(Struct, frozen=True, forbid_unknown_fields=True):
    experiment_ids: list[ExperimentId]
    filter: RunFilter = ""
    view: View = "active"


class RunCount(Struct, frozen=True):
    count: int


class Event(Struct, frozen=True):
    """`action` is a verb done to the thing that `kind` and `subject` name."""

    id: int
    at: int
    actor: str
    action: str
    kind: str
    subject: str
    detail: dict[str, str | int | float | bool | None]


class Events(Struct, frozen=True):
    """Newest first; `next_before` is the `before` of the next page and is missing on the last."""

    items: list[Event]
    next_before: int | None = None


class ListEvents(Struct, frozen=True, forbid_unknown_fields=True):
    """Only those of a `kind`, or of one `subject` of a kind, and older than the event `before`."""

    kind: str | None = None
    subject: str | None = None
    before: EventId | None = None
    limit: Limit = 100


class ModelVersion(Struct, frozen=True):
    """`stage` and `aliases` say what it is used for; `source` is what was registered."""

    name: str
    version: int
    stage: str
    aliases: list[str]
    status: str
    status_message: str
    description: str
    user: str
    source: str
    run_id: str
    model_id: str
    tags: dict[str, str]
    created_at: int
    updated_at: int


class Model(Struct, frozen=True):
    """`aliases` maps to version numbers; `latest` is the newest version of each stage that has any."""

    name: str
    description: str
    aliases: dict[str, int]
    latest: list[ModelVersion]
    tags: dict[str, str]
    created_at: int
    updated_at: int


class Models(Struct, frozen=True):
    """One page; `next_page_token` asks for the next one and is missing on the last."""

    items: list[Model]
    next_page_token: str | None = None


class ModelVersions(Struct, frozen=True):
    """One page, newest first; `next_page_token` asks for the next one and is missing on the last."""

    items: list[ModelVersion]
    next_page_token: str | None = None


class ListModels(Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` is MLflow's: `name LIKE 'taxi%'`, `tags.team = 'x'`."""

    filter: ModelFilter = ""
    limit: Limit = 100
    page_token: PageToken | None = None


class ListVersions(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 100
    page_token: PageToken | None = None


class Move(Struct, frozen=True):
    """An alias that moved between versions, or a version that moved between stages; null is nowhere."""

    id: int
    at: int
    actor: str
    alias: str | None
    version: int | None
    before: str | None
    after: str | None


class Moves(Struct, frozen=True):
    """Who moved which alias or stage, newest first."""

    items: list[Move]


class Point(Struct, frozen=True):
    step: int
    timestamp: int
    value: float | str


class ReadSeries(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=25_000)] = 10_000
    page_token: PageToken | None = None


class Points(Struct, frozen=True):
    """Points of a metric by timestamp; `next_page_token` asks for the next ones and is missing on the last page."""

    items: list[Point]
    next_page_token: str | None = None
