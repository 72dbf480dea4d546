"""The resources of the native API. Times are milliseconds since the epoch, UTC."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Limit = Annotated[int, Meta(ge=1, le=1000)]
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
    view: View = "active"
    limit: Limit = 100
    page_token: str | None = None


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

    metrics: list[Metric]
    params: list[KeyValue]
    tags: list[KeyValue]


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
    """One page; `next_page_token` asks for the next one and is missing on the last."""

    items: list[Run]
    next_page_token: str | None = None


class SearchRuns(Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` and `order_by` are MLflow's: `metrics.mae < 200 and tags.city = 'ny'`, `metrics.mae ASC`."""

    experiment_ids: list[str]
    filter: str = ""
    order_by: list[str] = []
    view: View = "active"
    limit: Limit = 100
    page_token: str | None = None


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
