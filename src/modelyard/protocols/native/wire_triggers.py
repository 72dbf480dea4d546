"""Triggers of pipelines, and what they fire for. Times are milliseconds since the epoch, UTC."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from modelyard.protocols.native.wire import ExperimentId

Kind = Literal["webhook", "model_version", "alias"]
State = Literal["WAITING", "STARTED", "FAILED"]
ModelName = Annotated[str, Meta(extra_json_schema={"format": "model-name"})]
Secret = Annotated[str, Meta(extra_json_schema={"format": "webhook-secret"})]


class Trigger(Struct, frozen=True):
    """`mapping` names for parameters the field of the event that they are taken from. `secret` is that of a webhook, in
    the answer to what has set it only. `error` is why the last firing failed, until one succeeds.
    """

    id: str
    experiment_id: str
    name: str
    description: str
    enabled: bool
    kind: Kind
    model: str
    alias: str
    parameters: dict[str, Any]
    mapping: dict[str, str]
    max_concurrency: int
    max_per_hour: int
    pipeline_id: str
    version_id: str
    runs: int
    error: str
    user: str
    created_at: int
    updated_at: int
    secret: str = ""


class Triggers(Struct, frozen=True):
    """One page of `total`, the newest first."""

    items: list[Trigger]
    total: int
    next_page_token: str | None = None


class CreateTrigger(Struct, frozen=True, forbid_unknown_fields=True):
    """`model` and `alias` narrow down what it fires for. Without a version the newest is run each time."""

    name: str
    kind: Kind
    pipeline_id: str
    version_id: str = ""
    experiment_id: ExperimentId = "0"
    description: str = ""
    model: ModelName = ""
    alias: str = ""
    parameters: dict[str, Any] = {}
    mapping: dict[str, str] = {}
    max_concurrency: Annotated[int, Meta(ge=1, le=10)] = 1
    max_per_hour: Annotated[int, Meta(ge=1, le=1000)] = 10
    enabled: bool = True
    secret: Secret = ""


class ChangeTrigger(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. `parameters` and `mapping` are replaced as a whole.

    An empty version means the newest each time, an empty secret that a new one is made.
    """

    name: str | None = None
    description: str | None = None
    version_id: str | None = None
    model: ModelName | None = None
    alias: str | None = None
    parameters: dict[str, Any] | None = None
    mapping: dict[str, str] | None = None
    max_concurrency: Annotated[int, Meta(ge=1, le=10)] | None = None
    max_per_hour: Annotated[int, Meta(ge=1, le=1000)] | None = None
    secret: Secret | None = None


class Firing(Struct, frozen=True):
    """What became of something that a trigger fires for: `run_id` when it started a run, `error` when it could not."""

    id: str
    trigger_id: str
    state: State
    at: int
    said: str
    parameters: dict[str, Any]
    run_id: str
    error: str
    created_at: int
    ended_at: int | None


class Firings(Struct, frozen=True):
    """One page of `total`, the newest first."""

    items: list[Firing]
    total: int
    next_page_token: str | None = None
