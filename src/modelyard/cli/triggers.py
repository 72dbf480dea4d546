"""`modelyard triggers …`: runs that start when something happens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelyard.cli import connect, options, output, times
from modelyard.cli.pipelines import Limit, Parameters, Pipeline, given
from modelyard.cli.schedules import AtOnce, Name

if TYPE_CHECKING:
    from modelyard.sdk.triggers import Trigger

app = typer.Typer(help="Run pipelines when something happens.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The trigger's id", metavar="TRIGGER", show_default=False)]
Webhook = Annotated[bool, typer.Option("--webhook", help="When a signed delivery comes")]
NewVersion = Annotated[bool, typer.Option("--new-version", help="When a model gets a new version")]
Alias = Annotated[str, typer.Option("--alias", help="When this alias is set or moved; * is any", show_default=False)]
Model = Annotated[str, typer.Option("--model", help="Of this model only", show_default=False)]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map", help="Take a parameter from the event, as NAME=FIELD with a field such as data.day", show_default=False
    ),
]
AnHour = Annotated[int, typer.Option("--max-per-hour", help="Runs that it may start within an hour", min=1, max=1000)]
NewName = Annotated[str | None, typer.Option("--name", help="Another name", show_default=False)]
NewAlias = Annotated[str | None, typer.Option("--alias", help="Fire for this alias; * is any", show_default=False)]
NewModel = Annotated[str | None, typer.Option("--model", help="Fire for this model; * is any", show_default=False)]
NewAtOnce = Annotated[
    int | None,
    typer.Option("--max-concurrency", help="Runs of it that may be open at once", min=1, max=10, show_default=False),
]
NewAnHour = Annotated[
    int | None,
    typer.Option("--max-per-hour", help="Runs that it may start within an hour", min=1, max=1000, show_default=False),
]
Anew = Annotated[bool, typer.Option("--new-secret", help="Make and tell a new secret", show_default=False)]
NewSecret = Annotated[
    str, typer.Option("--secret", help="Of the webhook; else one is made", envvar="MODELYARD_TRIGGER_SECRET")
]
Secret = Annotated[
    str,
    typer.Option("--secret", help="That its creation told", envvar="MODELYARD_TRIGGER_SECRET", show_default=False),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="The event: a file with a JSON object", exists=True, dir_okay=False),
]


@app.command("list")
def index(limit: Limit = 100, url: options.Url = None, json: options.Json = False) -> None:
    """List triggers, newest first."""
    with connect.client(url) as client:
        found = client.triggers.list(limit)
    if json:
        output.json(found)
        return
    rows = [(one.id, one.name, _when(one), "on" if one.enabled else "off", one.runs, one.error) for one in found]
    output.table(("Id", "Name", "When", "State", "Runs", "Error"), rows, "No triggers")


@app.command()
def create(
    pipeline: Pipeline,
    parameters: Parameters = None,
    webhook: Webhook = False,
    new_version: NewVersion = False,
    alias: Alias = "",
    model: Model = "",
    mapped: Mapped = None,
    name: Name = "",
    max_concurrency: AtOnce = 1,
    max_per_hour: AnHour = 10,
    secret: NewSecret = "",
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Run the newest version of a pipeline when something happens."""
    rule: dict[str, Any] = {
        "model": model,
        "alias": "" if alias == "*" else alias,
        "parameters": given(parameters or ()),
        "mapping": given(mapped or ()),
        "max_concurrency": max_concurrency,
        "max_per_hour": max_per_hour,
        "secret": secret if webhook else "",
    }
    kind = _kind(webhook=webhook, new_version=new_version, alias=alias)
    with connect.client(url) as client:
        found = client.pipelines.named(pipeline)
        made = client.triggers.create(name or found.name, kind, found.id, **rule)
        server = client.server().url
    if json:
        output.json(made)
        return
    output.line(f"Trigger {made.id}: {found.name} runs {_when(made)}")
    if made.secret:
        output.line(f"  URL     {server}/api/v1/triggers/{made.id}/webhook")
        output.line(f"  Secret  {made.secret}")
        output.line("  It is not told again; whoever has it can start runs")


@app.command()
def update(
    trigger: Id,
    parameters: Parameters = None,
    alias: NewAlias = None,
    model: NewModel = None,
    mapped: Mapped = None,
    name: NewName = None,
    max_concurrency: NewAtOnce = None,
    max_per_hour: NewAnHour = None,
    new_secret: Anew = False,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Change a trigger; what is left out stays. Parameters that are given replace all that it had."""
    from modelyard.domain.errors import InvalidInput

    asked = {
        "name": name,
        "alias": "" if alias == "*" else alias,
        "model": "" if model == "*" else model,
        "parameters": given(parameters) if parameters else None,
        "mapping": given(mapped) if mapped else None,
        "max_concurrency": max_concurrency,
        "max_per_hour": max_per_hour,
        "secret": "" if new_secret else None,
    }
    changes = {what: value for what, value in asked.items() if value is not None}
    if not changes:
        raise InvalidInput("Nothing to change: give a parameter or an option")
    with connect.client(url) as client:
        found = client.triggers.update(trigger, **changes)
    if json:
        output.json(found)
        return
    output.line(f"Trigger {found.id}: runs {_when(found)}")
    if found.secret:
        output.line(f"  Secret  {found.secret}")
        output.line("  It is not told again; the one before is void")


@app.command()
def enable(trigger: Id, url: options.Url = None) -> None:
    """Switch a trigger on; what happened meanwhile starts nothing."""
    with connect.client(url) as client:
        client.triggers.switch(trigger, on=True)
    output.line(f"{trigger} on")


@app.command()
def disable(trigger: Id, url: options.Url = None) -> None:
    """Switch a trigger off; its runs go on."""
    with connect.client(url) as client:
        client.triggers.switch(trigger, on=False)
    output.line(f"{trigger} off")


@app.command()
def delete(trigger: Id, url: options.Url = None) -> None:
    """Delete a trigger with its history; its runs stay."""
    with connect.client(url) as client:
        client.triggers.delete(trigger)
    output.line(f"Deleted {trigger}")


@app.command()
def firings(trigger: Id, limit: Limit = 50, url: options.Url = None, json: options.Json = False) -> None:
    """List what a trigger has fired for, newest first, and what became of it."""
    with connect.client(url) as client:
        found = client.triggers.firings(trigger, limit)
    if json:
        output.json(found)
        return
    rows = [(times.moment(one.at), one.state, one.said, one.run_id, one.error) for one in found]
    output.table(("When", "State", "What", "Run", "Error"), rows, "No firings")


@app.command()
def fire(trigger: Id, secret: Secret, data: Data = None, url: options.Url = None, json: options.Json = False) -> None:
    """Deliver an event to a webhook, signed with its secret."""
    import msgspec

    from modelyard.domain.errors import InvalidInput

    try:
        event = {} if data is None else msgspec.json.decode(data.read_bytes(), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"{data} is no JSON object: {error}") from None
    with connect.client(url) as client:
        found = client.triggers.fire(trigger, secret, event)
    if json:
        output.json(found)
    else:
        output.line(f"{found.state} {found.run_id}".rstrip())


def _kind(*, webhook: bool, new_version: bool, alias: str) -> str:
    from modelyard.domain.errors import InvalidInput

    chosen = {"webhook": webhook, "model_version": new_version, "alias": bool(alias)}
    kinds = [kind for kind, wanted in chosen.items() if wanted]
    if len(kinds) != 1:
        raise InvalidInput("Say when it is to run: one of --webhook, --new-version, --alias NAME")
    return kinds[0]


def _when(one: "Trigger") -> str:
    of = one.model or "any model"
    match one.kind:
        case "webhook":
            return "on a signed delivery"
        case "alias":
            return f"when {f'alias {one.alias}' if one.alias else 'any alias'} of {of} is set or moved"
        case _:
            return f"when {of} gets a new version"
