from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, units
from modelyard.domain import model_uris
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoints import name_for
from modelyard.domain.errors import InvalidInput
from modelyard.domain.rollouts import Guard, Plan, Strategy
from modelyard.domain.serving_options import Batching, PayloadLog, PayloadMode, Scaling, ServingOptions, Switch

if TYPE_CHECKING:
    from modelyard.sdk.endpoints import Endpoint

SERVED = "How it is served"
INTRODUCED = "How it comes to its requests"


class Payloads(StrEnum):
    """Which payloads are kept."""

    ALL = "all"
    REQUEST = "request"
    RESPONSE = "response"


ModelUri = Annotated[
    str,
    typer.Argument(
        help="models:/NAME@ALIAS, models:/NAME/VERSION or runs:/RUN_ID/PATH", metavar="MODEL_URI", show_default=False
    ),
]
NewName = Annotated[
    str | None,
    typer.Option("--name", help="The endpoint's name: a-z, 0-9 and dashes; else the model's", show_default=False),
]
Model = Annotated[str, typer.Option("--model", help="Its name on an endpoint with several models", show_default=False)]
Env = Annotated[str, typer.Option("--env", help="local: the server's own Python; uv: one built for the model")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Return when it is done, or at once")]
Patience = Annotated[float, typer.Option("--patience", help="Seconds to wait at most")]
Least = Annotated[
    int, typer.Option("--min-replicas", help="Processes to keep; 0 ends them all when idle", rich_help_panel=SERVED)
]
Most = Annotated[
    int | None,
    typer.Option("--max-replicas", help="Processes to start at most", rich_help_panel=SERVED, show_default=False),
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", help="Requests at once a process is meant for", rich_help_panel=SERVED)
]
Limit = Annotated[
    int, typer.Option("--limit", help="Requests a process is given at once; 0: all of them", rich_help_panel=SERVED)
]
Queue = Annotated[
    int, typer.Option("--queue", help="Requests that may wait; more are answered 429", rich_help_panel=SERVED)
]
Idle = Annotated[
    str, typer.Option("--idle", help="How long it must be calm before processes end", rich_help_panel=SERVED)
]
Timeout = Annotated[
    float, typer.Option("--timeout", help="Seconds a prediction may take, up to 3600", rich_help_panel=SERVED)
]
Memory = Annotated[
    str | None,
    typer.Option("--memory", help="Bound of each process, as 500MB", rich_help_panel=SERVED, show_default=False),
]
Acceleration = Annotated[
    bool | None,
    typer.Option(
        "--acceleration/--no-acceleration",
        help="Convert the model to a faster form where that was verified, or never",
        rich_help_panel=SERVED,
        show_default=False,
    ),
]
Batches = Annotated[
    bool | None,
    typer.Option(
        "--batching/--no-batching",
        help="Predict what waits together, or never; else by the kind of model",
        rich_help_panel=SERVED,
        show_default=False,
    ),
]
Script = Annotated[
    str,
    typer.Option(
        "--script",
        help="A Python file among the model's that answers scoring requests",
        rich_help_panel=SERVED,
        show_default=False,
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--env-var",
        help="NAME=VALUE for the model's process; again for another",
        rich_help_panel=SERVED,
        show_default=False,
    ),
]
Payload = Annotated[
    Payloads | None,
    typer.Option("--payload-log", help="Keep payloads", rich_help_panel=SERVED, show_default=False),
]
PayloadShare = Annotated[
    str, typer.Option("--payload-share", help="Part of the requests whose payloads are kept", rich_help_panel=SERVED)
]
Canary = Annotated[
    int | None,
    typer.Option(
        "--canary", help="Percent of the requests it gets at first", rich_help_panel=INTRODUCED, show_default=False
    ),
]
Shadow = Annotated[
    bool,
    typer.Option("--shadow", help="Ask it too and compare, but never return its answers", rich_help_panel=INTRODUCED),
]
Steps = Annotated[
    str | None,
    typer.Option(
        "--plan",
        help="Percentages it climbs by itself, as 10,50,100",
        rich_help_panel=INTRODUCED,
        show_default=False,
    ),
]
Interval = Annotated[
    str, typer.Option("--interval", help="How long each percentage is held", rich_help_panel=INTRODUCED)
]
GuardErrors = Annotated[
    str | None,
    typer.Option(
        "--guard-errors",
        help="Roll it back by itself when more of its answers fail, as 5%",
        rich_help_panel=INTRODUCED,
        show_default=False,
    ),
]
GuardLatency = Annotated[
    str | None,
    typer.Option(
        "--guard-latency",
        help="Roll it back by itself when one of ten takes longer, as 250ms",
        rich_help_panel=INTRODUCED,
        show_default=False,
    ),
]


def deploy(
    model_uri: ModelUri,
    name: NewName = None,
    model: Model = "",
    env: Env = "local",
    canary: Canary = None,
    shadow: Shadow = False,
    plan: Steps = None,
    interval: Interval = "60s",
    guard_errors: GuardErrors = None,
    guard_latency: GuardLatency = None,
    min_replicas: Least = 1,
    max_replicas: Most = None,
    concurrency: Concurrency = 8,
    limit: Limit = 0,
    queue: Queue = 1000,
    idle: Idle = "60s",
    timeout: Timeout = 60.0,
    memory: Memory = None,
    acceleration: Acceleration = None,
    batching: Batches = None,
    script: Script = "",
    env_var: Variables = None,
    payload_log: Payload = None,
    payload_share: PayloadShare = "100%",
    wait: Wait = True,
    patience: Patience = 600.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Serve a model: as a new endpoint, or as the next revision of an existing one."""
    seconds = units.duration("--idle", idle)
    most = max(min_replicas, 1) if max_replicas is None else max_replicas
    served = ServingOptions(
        environment=env,
        scaling=Scaling(min_replicas, most, concurrency, limit, queue, seconds),
        batching=Batching(_switch(batching)),
        acceleration=_switch(acceleration),
        payload_log=_payload_log(payload_log, payload_share),
        timeout=timeout,
        memory=0 if memory is None else units.volume("--memory", memory),
        script=script,
        environment_variables=_variables(env_var or ()),
    )
    strategy = Strategy(canary, 100 if shadow else 0, _guard(guard_errors, guard_latency), _plan(plan, interval))
    endpoint_name = name or _name_of(model_uri)
    with connect.client(url) as client, output.Status() as status:
        endpoint = client.deploy(
            model_uri,
            endpoint_name,
            how=Deployment(served, strategy, model),
            wait=wait,
            timeout_seconds=patience,
            on_status=lambda seen: status.say(f"{seen.name}: {seen.status.phase} {seen.status.message}".rstrip()),
        )
    if json:
        output.json(endpoint)
    else:
        _tell(endpoint, model_uri, model, client.invocations_url(endpoint_name, model))


def _tell(endpoint: "Endpoint", model_uri: str, model: str, invocations: str) -> None:
    name, revision = endpoint.name, endpoint.revision
    rollout = endpoint.models.get(model) or endpoint.rollout
    told = f"{name} revision {revision.number} of {model_uri}: {endpoint.status.phase}"
    if revision.status.shadow:
        told += ", as a shadow"
    elif 0 < revision.status.traffic < 100:
        told += f", with {revision.status.traffic} % of the requests"
    output.line(told)
    output.line(f"  Predict  modelyard predict {f'{name}/{model}' if model else name} --data FILE")
    output.line(f"  Or       curl {invocations} -H 'Content-Type: text/csv' --data-binary @FILE.csv")
    if rollout is not None and (len(rollout.targets) > 1 or rollout.previous):
        output.line(f"  Look     modelyard endpoint {name}")
        output.line(f"  Back     modelyard rollback {name}{f' --model {model}' if model else ''}")


def _name_of(model_uri: str) -> str:
    match model_uris.parse(model_uri):
        case model_uris.OfVersion(name, _) | model_uris.OfAlias(name, _) | model_uris.OfStage(name, _):
            return name_for(name)
        case _:
            raise InvalidInput(f"{model_uri} has no name that an endpoint could have; give one with --name")


def _switch(given: bool | None) -> Switch:
    if given is None:
        return Switch.AUTO
    return Switch.ON if given else Switch.OFF


def _payload_log(which: Payloads | None, part: str) -> PayloadLog:
    return PayloadLog(PayloadMode(which or "none"), units.share("--payload-share", part))


def _variables(given: Sequence[str]) -> Mapping[str, str]:
    """What is wrong is not repeated: it may be a secret."""
    variables = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise InvalidInput("--env-var must be NAME=VALUE, such as --env-var MODE=fast")
        variables[name] = value
    return variables


def _guard(errors: str | None, latency: str | None) -> Guard | None:
    if errors is None and latency is None:
        return None
    rate = Guard().error_rate if errors is None else units.share("--guard-errors", errors)
    return Guard(rate, None if latency is None else units.milliseconds("--guard-latency", latency))


def _plan(steps: str | None, interval: str) -> Plan | None:
    seconds = units.duration("--interval", interval)
    return None if steps is None else Plan(units.percents("--plan", steps), seconds)
