"""`modelyard schedules …`: runs that start by themselves."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelyard.cli import connect, options, output, times, units
from modelyard.cli.pipelines import Description, Experiment, Limit, OfVersion, Parameters, Pipeline, given

if TYPE_CHECKING:
    from modelyard.sdk.pipelines import Schedule

app = typer.Typer(help="Run pipelines again and again.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The schedule's id", metavar="SCHEDULE", show_default=False)]
Name = Annotated[str, typer.Option("--name", help="A name of your own; else the pipeline's", show_default=False)]
Cron = Annotated[
    str,
    typer.Option(
        "--cron",
        help="As of cron, in UTC: minute hour day month weekday, or six fields with the second first",
        show_default=False,
    ),
]
Every = Annotated[str, typer.Option("--every", help="Such as 30s, 15m or 6h", show_default=False)]
AtOnce = Annotated[int, typer.Option("--max-concurrency", help="Runs of it that may be open at once", min=1, max=10)]
CatchUp = Annotated[bool, typer.Option("--catch-up/--no-catch-up", help="Make up for all that was missed, or the last")]


@app.command("list")
def index(limit: Limit = 100, url: options.Url = None, json: options.Json = False) -> None:
    """List schedules, newest first."""
    with connect.client(url) as client:
        found = client.pipelines.schedules(limit)
    if json:
        output.json(found)
        return
    rows = [
        (
            one.id,
            one.name,
            _when(one),
            _state(one),
            one.runs,
            times.moment(one.next_at),
            one.error,
        )
        for one in found
    ]
    output.table(("Id", "Name", "When", "State", "Runs", "Next", "Error"), rows, "No schedules")


@app.command()
def show(schedule: Id, url: options.Url = None, json: options.Json = False) -> None:
    """Show a schedule: when it starts runs, of what, and with which parameters."""
    with connect.client(url) as client:
        one = client.pipelines.schedule_of(schedule)
    if json:
        output.json(one)
        return
    output.line(f"{one.name}  {_state(one)}, {_when(one)}")
    output.facts(
        [
            ("Id", one.id),
            ("Description", one.description),
            ("Pipeline", one.pipeline_id),
            ("Version", one.version_id or "the newest each time"),
            ("Experiment", one.experiment_id),
            ("Parameters", " ".join(f"{name}={value}" for name, value in one.parameters.items())),
            ("Runs", f"{one.runs}, at most {one.max_concurrency} open at once"),
            ("Missed slots", "are made up for" if one.catch_up else "only the newest is made up for"),
            ("From", times.moment(one.start_at)),
            ("Until", times.moment(one.end_at)),
            ("Next", times.moment(one.next_at)),
            ("Error", one.error),
        ]
    )


@app.command()
def create(
    pipeline: Pipeline,
    parameters: Parameters = None,
    name: Name = "",
    version: OfVersion = "",
    description: Description = "",
    experiment: Experiment = "0",
    cron: Cron = "",
    every: Every = "",
    max_concurrency: AtOnce = 1,
    catch_up: CatchUp = True,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Run a pipeline again and again: the version that is the newest each time, or one."""
    plan: dict[str, Any] = {
        "cron": with_seconds(cron),
        "every": int(units.duration("--every", every)) if every else 0,
        "max_concurrency": max_concurrency,
        "catch_up": catch_up,
        "parameters": given(parameters or ()),
        "description": description,
        "experiment_id": experiment,
    }
    with connect.client(url) as client:
        found = client.pipelines.named(pipeline)
        if version:
            plan["version_id"] = client.pipelines.version(found.id, version).id
        made = client.pipelines.schedule(name or found.name, found.id, plan)
    if json:
        output.json(made)
    else:
        output.line(f"Schedule {made.id}: next run at {times.moment(made.next_at) or 'no time'}")


@app.command()
def enable(schedule: Id, url: options.Url = None) -> None:
    """Switch a schedule on; what was due meanwhile is not made up for."""
    with connect.client(url) as client:
        output.line(f"{schedule} next run at {times.moment(client.pipelines.switch(schedule, on=True).next_at)}")


@app.command()
def disable(schedule: Id, url: options.Url = None) -> None:
    """Switch a schedule off; its runs go on."""
    with connect.client(url) as client:
        client.pipelines.switch(schedule, on=False)
    output.line(f"{schedule} off")


@app.command()
def delete(schedule: Id, url: options.Url = None) -> None:
    """Delete a schedule; its runs stay."""
    with connect.client(url) as client:
        client.pipelines.unschedule(schedule)
    output.line(f"Deleted {schedule}")


def with_seconds(cron: str) -> str:
    """Five fields are those of cron; the server has the second first."""
    return f"0 {cron}" if len(cron.split()) == 5 else cron


def _state(one: "Schedule") -> str:
    return "on" if one.enabled else "off"


def _when(one: "Schedule") -> str:
    return one.cron or f"every {one.every} s"
