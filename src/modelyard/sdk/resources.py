"""What the server answers, as values. Times are milliseconds since the epoch."""

from collections.abc import Mapping

from msgspec import Struct


class Server(Struct, frozen=True):
    """Who answers, and where its data lies."""

    version: str
    url: str
    data_dir: str
    database: str
    artifacts: str
    pid: int
    started_at: int


class Experiment(Struct, frozen=True):
    """A named set of runs."""

    id: str
    name: str
    lifecycle: str
    created_at: int
    updated_at: int
    artifact_location: str = ""
    tags: Mapping[str, str] = {}


class Metric(Struct, frozen=True):
    """The latest point of a metric; NaN and the infinities come as words."""

    key: str
    value: float | str
    timestamp: int
    step: int


class KeyValue(Struct, frozen=True):
    """A param or a tag."""

    key: str
    value: str


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


class Branch(Struct, frozen=True):
    """A run in a tree; `matches` is false where it is only on the way to one that does."""

    run: Run
    parent_id: str | None
    depth: int
    matches: bool


class ModelVersion(Struct, frozen=True):
    """`stage` and `aliases` say what it is used for."""

    name: str
    version: int
    stage: str
    aliases: list[str]
    status: str
    source: str
    run_id: str
    tags: Mapping[str, str]
    created_at: int
    updated_at: int


class Model(Struct, frozen=True):
    """A registered model; `aliases` maps to version numbers."""

    name: str
    description: str
    aliases: Mapping[str, int]
    latest: list[ModelVersion]
    tags: Mapping[str, str]
    created_at: int
    updated_at: int


class Event(Struct, frozen=True):
    """`action` is a verb done to the thing that `kind` and `subject` name."""

    id: int
    at: int
    actor: str
    action: str
    kind: str
    subject: str
    detail: Mapping[str, str | int | float | bool | None]
