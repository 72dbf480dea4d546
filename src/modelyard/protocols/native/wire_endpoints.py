"""Endpoints and how their requests are shared out. Times are milliseconds since the epoch, UTC."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from modelyard.protocols.native.wire import ModelUri

Switch = Literal["auto", "on", "off"]
Percent = Annotated[int, Meta(ge=0, le=100)]


class Scaling(Struct, frozen=True, forbid_unknown_fields=True):
    """How many processes answer: from `least` to `most`, another one when each has more than `target` requests at once.

    With `least` 0 none is kept after `idle_seconds` without a request. `limit` is how many requests one process is
    given at once, 0 for any number; `queue` is how many may wait before callers are told to come back later (429).
    """

    least: int = 1
    most: int = 1
    target: int = 8
    limit: int = 0
    queue: int = 1000
    idle_seconds: float = 60.0


class Batching(Struct, frozen=True, forbid_unknown_fields=True):
    """Requests that wait while the model is busy are predicted together, up to `most_rows` rows."""

    mode: Switch = "auto"
    most_rows: int = 1024


class PayloadLog(Struct, frozen=True, forbid_unknown_fields=True):
    """A `share` (0 to 1) of requests, answers or both is kept, and sent to `sink` as CloudEvents if there is one."""

    mode: Literal["none", "all", "request", "response"] = "none"
    share: float = 1.0
    sink: str = ""


class Transformer(Struct, frozen=True, forbid_unknown_fields=True):
    """A program that requests pass through, started as KServe starts a transformer's container.

    It is ready when GET of `ready_path` succeeds, or without one when it answers at all.
    """

    command: list[str]
    environment_variables: dict[str, str] = {}
    folder: str = ""
    ready_path: str = ""
    memory: int = 0


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """How a revision is served. `timeout` is in seconds; `memory` bounds each process in bytes, 0 does not."""

    scaling: Scaling = Scaling()
    batching: Batching = Batching()
    acceleration: Switch = "auto"
    payload_log: PayloadLog = PayloadLog()
    timeout: float = 60.0
    memory: int = 0
    script: str = ""
    environment_variables: dict[str, str] = {}
    transformer: Transformer | None = None


class Guard(Struct, frozen=True, forbid_unknown_fields=True):
    """What a canary must not do, or it is rolled back by itself.

    Looked at within the last `window` seconds and from `requests` answers on: more than `error_rate` (0 to 1) failed,
    or one of ten took more than `latency_ms`.
    """

    error_rate: float = 0.05
    latency_ms: float | None = None
    requests: int = 20
    window: float = 60.0


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares in percent that a canary climbs by itself, each held for `interval` seconds."""

    steps: list[int]
    interval: float = 60.0


class Deploy(Struct, frozen=True, forbid_unknown_fields=True):
    """`model_uri` is models:/NAME/VERSION, models:/NAME@ALIAS or runs:/RUN_ID/PATH. An alias is followed when it moves.

    The new revision gets all requests; or a `canary` share, or what the `plan` says, watched by the `guard`; or it is a
    `shadow` that is asked so many percent of the requests and compared. With `generation`, an endpoint that has changed
    since is left as it is (409).
    """

    model_uri: ModelUri
    environment: Literal["local", "uv"] = "local"
    options: Options = Options()
    canary: Percent | None = None
    shadow: Percent = 0
    guard: Guard | None = None
    plan: Plan | None = None
    generation: int | None = None


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """A revision and its percent of the requests; a `shadow` answers nobody."""

    revision: int
    weight: Percent
    shadow: bool = False


class Shift(Struct, frozen=True, forbid_unknown_fields=True):
    """The weights of what answers add up to 100. Without shadows among them, those there are stay."""

    targets: list[Target]
    model: str = ""
    generation: int | None = None


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """`model` names one of several; with `generation`, an endpoint that has changed since is left as it is (409)."""

    model: str = ""
    generation: int | None = None


class RolledBack(Struct, frozen=True):
    """A revision that was taken out of service by itself, and why."""

    revision: int
    reason: str
    message: str
    at: int


class Rollout(Struct, frozen=True):
    """How a model's requests are wanted to be shared out.

    `canary` is the newest of several that answer, and `previous` is kept warm for a rollback; 0 is none. `follows` is
    an alias whose moves make new revisions.
    """

    targets: list[Target]
    stable: int
    canary: int
    previous: int
    guard: Guard | None
    plan: Plan | None
    follows: str
    stopped: bool
    rolled_back: RolledBack | None
    shifted_at: int


class Failure(Struct, frozen=True):
    """`reason` is a word for programs, `message` a sentence for people."""

    reason: str
    message: str
    exit_code: int | None
    log_tail: str
    at: int


class Lately(Struct, frozen=True):
    """What requests were like within the last minute; the server that looks after endpoints knows.

    `refused` ones were asked wrongly, says the model; `shed` ones were too many. A shadow's answers were `equal` to
    those that were returned, `different`, or `missing`.
    """

    asked: int
    failed: int
    refused: int
    shed: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    in_flight: int
    waiting: int
    equal: int
    different: int
    missing: int


class RevisionStatus(Struct, frozen=True):
    """`state` is Pending, Standby, Loading, Loaded or FailedToLoad. It gets `traffic` percent of the requests now."""

    state: str
    ready: int
    wanted: int
    traffic: int
    shadow: bool
    runtime: str
    message: str
    probe: str
    restarts: int
    failure: Failure | None
    updated_at: int


class Revision(Struct, frozen=True):
    """An immutable answer to: which model, from where, served how."""

    number: int
    model_uri: str
    model_version: str
    environment: str
    created_at: int
    model: str
    options: Options
    status: RevisionStatus
    lately: Lately | None


class Condition(Struct, frozen=True):
    """`status` is True, False or Unknown; `since` is when that changed last."""

    type: str
    status: str
    reason: str
    message: str
    since: int


class EndpointStatus(Struct, frozen=True):
    """`phase` is Pending, Preparing, Loading, Ready, Failed, Stopped or Removing.

    `transition` is UpToDate, InProgress, BlockedByFailedLoad or InvalidSpec. `serving_revision` has the largest share
    of what answers, 0 while none does; it may lag behind the wanted one. `reason` is a word for programs, `message` a
    sentence for people. All of it is as of `generation`. `ignored` are fields of the KServe document that was applied
    last which have no effect here.
    """

    phase: str
    serving_revision: int
    reason: str
    message: str
    exit_code: int | None
    log_tail: str
    probe: str
    restarts: int
    updated_at: int
    transition: str
    conditions: list[Condition]
    generation: int
    ignored: list[str]


class Endpoint(Struct, frozen=True):
    """A name under which models answer; `revision` is the newest one.

    An endpoint with a single model has its `rollout`; of one with several, `models` has them by name. `revisions` are
    those that these name. Predictions are asked for by POST to `invocations_path` of this server. `generation` goes up
    with every change of what is wanted.
    """

    name: str
    revision: Revision
    status: EndpointStatus
    invocations_path: str
    created_at: int
    updated_at: int
    url: str
    wanted: str
    generation: int
    rollout: Rollout | None
    models: dict[str, Rollout]
    revisions: list[Revision]
    attributes: dict[str, str]


class Endpoints(Struct, frozen=True):
    """All endpoints, by name."""

    items: list[Endpoint]


class ReadRevisions(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Revisions(Struct, frozen=True):
    """The newest first."""

    items: list[Revision]


class ReadLogs(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `revision`, of the newest one that wrote any."""

    lines: Annotated[int, Meta(ge=1, le=10_000)] = 200
    revision: int | None = None


class Logs(Struct, frozen=True):
    """The last lines that an endpoint's processes wrote."""

    text: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """A KServe InferenceService (serving.kserve.io/v1beta1) or InferenceGraph (v1alpha1), as JSON.

    `secrets` are the Secrets and ServiceAccounts that it names; they are kept to fetch the model, and never shown.
    """

    document: dict[str, Any]
    secrets: list[dict[str, Any]] = []


class Applied(Struct, frozen=True):
    """What a manifest describes, whether it changed or is new, and the fields that have no effect here."""

    name: str
    changed: bool
    ignored: list[str]
    kind: str
    created: bool
