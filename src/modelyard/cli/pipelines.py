"""`modelyard pipelines …`: pipelines and their runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelyard.cli import connect, options, output, times

if TYPE_CHECKING:
    from modelyard.sdk.pipelines import PipelineRun

app = typer.Typer(help="Keep, run and watch pipelines that the kfp SDK compiled.", no_args_is_help=True)

Pipeline = Annotated[str, typer.Argument(help="Its name or id", metavar="PIPELINE", show_default=False)]
Run = Annotated[str, typer.Argument(help="The run's id", metavar="RUN", show_default=False)]
Task = Annotated[str, typer.Argument(help="The task's name or id", metavar="TASK", show_default=False)]
File = Annotated[
    Path,
    typer.Argument(
        help="What the kfp SDK compiled: YAML or JSON, or a .zip or .tar.gz with it",
        metavar="FILE",
        exists=True,
        dir_okay=False,
    ),
]
FileOrPipeline = Annotated[
    str, typer.Argument(help="A compiled file, or a pipeline's name or id", metavar="FILE|PIPELINE", show_default=False)
]
Parameters = Annotated[
    list[str] | None,
    typer.Argument(help="Parameters, as JSON or text", metavar="NAME=VALUE", show_default=False),
]
Name = Annotated[str, typer.Option("--name", help="A name of your own", show_default=False)]
VersionName = Annotated[
    str, typer.Option("--version-name", help="A name for the version, where it is not the first", show_default=False)
]
Version = Annotated[str, typer.Argument(help="The version's name or id", metavar="VERSION", show_default=False)]
OfVersion = Annotated[
    str, typer.Option("--version", help="The name or id of another version than the newest", show_default=False)
]
Description = Annotated[str, typer.Option("--description", help="What it is", show_default=False)]
DisplayName = Annotated[str | None, typer.Option("--display-name", help="What it is shown as", show_default=False)]
NewDescription = Annotated[str | None, typer.Option("--description", help="What it is", show_default=False)]
Experiment = Annotated[str, typer.Option("--experiment", help="Id of the experiment it belongs to")]
OfPipeline = Annotated[str, typer.Option("--pipeline", help="Only those of this name or id", show_default=False)]
Named = Annotated[
    str, typer.Option("--name", help="Only with this in their or their pipeline's name", show_default=False)
]
Archived = Annotated[bool, typer.Option("--archived", help="Those in the archive instead", show_default=False)]
State = Annotated[str, typer.Option("--state", help="Only those in it, such as FAILED", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", help="How many at most", min=1, max=1000)]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Watch it until it has ended")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until the task has ended")]


@app.command("list")
def index(limit: Limit = 100, url: options.Url = None, json: options.Json = False) -> None:
    """List pipelines, newest first."""
    with connect.client(url) as client:
        found = client.pipelines.list(limit=limit)
    if json:
        output.json(found)
        return
    rows = [(one.id, one.name, one.description, times.ago(one.created_at)) for one in found]
    output.table(("Id", "Name", "Description", "Created"), rows, "No pipelines")


@app.command()
def upload(
    file: File,
    name: Name = "",
    version_name: VersionName = "",
    description: Description = "",
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Keep a pipeline; under a name that is there already, as its next version."""
    from modelyard.domain.errors import NotFound

    chosen, document = name or file.name.partition(".")[0], content(file)
    with connect.client(url) as client:
        try:
            known = client.pipelines.named(chosen)
        except NotFound:
            known = client.pipelines.upload(chosen, document, description)
            version = client.pipelines.versions(known.id, 1)[0]
        else:
            version = client.pipelines.add_version(known.id, document, version_name, description)
    if json:
        output.json({"pipeline": known, "version": version})
    else:
        output.line(f"{known.name} version {version.name}")
        output.line(f"  Run  modelyard pipelines run {known.name}")


@app.command()
def versions(pipeline: Pipeline, limit: Limit = 100, url: options.Url = None, json: options.Json = False) -> None:
    """List versions of a pipeline, newest first."""
    with connect.client(url) as client:
        found = client.pipelines.versions(client.pipelines.named(pipeline).id, limit)
    if json:
        output.json(found)
        return
    rows = [(one.id, one.name, one.description, times.ago(one.created_at)) for one in found]
    output.table(("Id", "Name", "Description", "Created"), rows, "No versions")


@app.command("show")
def one(pipeline: Pipeline, url: options.Url = None, json: options.Json = False) -> None:
    """Show a pipeline with its newest version."""
    with connect.client(url) as client:
        found = client.pipelines.named(pipeline)
        newest = next(iter(client.pipelines.versions(found.id, 1)), None)
    if json:
        output.json({"pipeline": found, "newest_version": newest})
        return
    output.line(found.name)
    output.facts(
        [
            ("Id", found.id),
            ("Shown as", "" if found.display_name == found.name else found.display_name),
            ("Description", found.description),
            ("Created", times.moment(found.created_at)),
            ("Newest version", newest and f"{newest.name}, {times.ago(newest.created_at)}"),
        ]
    )


@app.command()
def update(
    pipeline: Pipeline,
    display_name: DisplayName = None,
    description: NewDescription = None,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Change what a pipeline is shown as and said to be; what is left out stays."""
    from modelyard.domain.errors import InvalidInput

    asked = {"display_name": display_name, "description": description}
    changes = {what: value for what, value in asked.items() if value is not None}
    if not changes:
        raise InvalidInput("Nothing to change: give --display-name or --description")
    with connect.client(url) as client:
        found = client.pipelines.update(client.pipelines.named(pipeline).id, **changes)
    if json:
        output.json(found)
    else:
        output.line(f"{found.name}: {', '.join(changes).replace('_', ' ')} changed")


@app.command("delete-version")
def delete_version(pipeline: Pipeline, version: Version, url: options.Url = None) -> None:
    """Delete a version of a pipeline; its runs stay."""
    with connect.client(url) as client:
        found = client.pipelines.named(pipeline)
        gone = client.pipelines.version(found.id, version)
        client.pipelines.delete_version(found.id, gone.id)
    output.line(f"Deleted {found.name} version {gone.name}")


@app.command()
def delete(pipeline: Pipeline, url: options.Url = None) -> None:
    """Delete a pipeline with its versions; its runs stay."""
    with connect.client(url) as client:
        found = client.pipelines.named(pipeline)
        client.pipelines.delete(found.id)
    output.line(f"Deleted {found.name}")


@app.command()
def run(
    source: FileOrPipeline,
    parameters: Parameters = None,
    name: Name = "",
    version: OfVersion = "",
    description: Description = "",
    experiment: Experiment = "0",
    watch: Watch = False,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Run a compiled file, or the newest version of a pipeline."""
    more = {"name": name, "description": description, "experiment_id": experiment}
    with connect.client(url) as client:
        if Path(source).is_file():
            started = client.pipelines.run(given(parameters or ()), document=content(Path(source)), **more)
        else:
            found = client.pipelines.named(source).id
            chosen = client.pipelines.version(found, version).id if version else ""
            started = client.pipelines.run(given(parameters or ()), pipeline_id=found, version_id=chosen, **more)
    if json and not watch:
        output.json(started)
    elif watch:
        show(started.id, url=url, json=json)
    else:
        output.line(f"Run {started.id} of {started.name}")
        output.line(f"  Watch  modelyard pipelines watch {started.id}")


@app.command()
def runs(
    pipeline: OfPipeline = "",
    state: State = "",
    name: Named = "",
    archived: Archived = False,
    limit: Limit = 50,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """List runs of pipelines, newest first."""
    with connect.client(url) as client:
        wanted = {"name": name, "archived": str(archived).lower()}
        if state:
            wanted["state"] = state.upper()
        if pipeline:
            wanted["pipeline_id"] = client.pipelines.named(pipeline).id
        found = client.pipelines.runs(limit, **wanted)
    if json:
        output.json(found)
        return
    output.table(("Id", "Name", "State", "Created", "Lasted", "Error"), [_row(one) for one in found], "No runs")


@app.command("watch")
def show(run: Run, url: options.Url = None, json: options.Json = False) -> None:
    """Draw a run as a tree of tasks, live until it has ended. Ends with 1 unless the run succeeded."""
    from modelyard.cli import trees

    with connect.client(url) as client:
        seen = client.pipelines.watch(run)
        last = trees.last_of(seen) if json else trees.watch(seen)
    if json:
        output.json(last)
    if last.run.state != "SUCCEEDED":
        raise typer.Exit(1)


@app.command()
def logs(run: Run, task: Task, follow: Follow = False, url: options.Url = None) -> None:
    """Print what a task has printed in its latest try."""
    import sys

    with connect.client(url) as client:
        for piece in client.pipelines.log(run, task, follow=follow):
            sys.stdout.write(piece)
            sys.stdout.flush()


@app.command()
def cancel(run: Run, url: options.Url = None) -> None:
    """End a run, with everything it has started."""
    with connect.client(url) as client:
        output.line(f"{run} {client.pipelines.cancel(run).state}")


@app.command()
def archive(run: Run, url: options.Url = None) -> None:
    """Take a run out of the lists; nothing of it is deleted."""
    with connect.client(url) as client:
        client.pipelines.archive(run)
    output.line(f"{run} is in the archive")


@app.command()
def unarchive(run: Run, url: options.Url = None) -> None:
    """Bring a run back into the lists."""
    with connect.client(url) as client:
        client.pipelines.unarchive(run)
    output.line(f"{run} is back")


@app.command("delete-run")
def delete_run(run: Run, url: options.Url = None) -> None:
    """Delete a run of a pipeline, ended first if it is under way."""
    with connect.client(url) as client:
        client.pipelines.delete_run(run)
    output.line(f"Deleted {run}")


@app.command()
def retry(run: Run, watch: Watch = False, url: options.Url = None) -> None:
    """Do again what did not succeed in a run, and keep what did."""
    with connect.client(url) as client:
        state = client.pipelines.retry(run).state
    if watch:
        show(run, url=url)
    else:
        output.line(f"{run} {state}")


def content(file: Path) -> bytes:
    """A file as it is, for the server to read; no more of it than what the server refuses. Raises InvalidInput."""
    from modelyard.domain.errors import InvalidInput
    from modelyard.formats.pipeline_spec import package

    try:
        with file.open("rb") as opened:
            found = opened.read(package.SIZE_LIMIT + 1)
    except OSError as error:
        raise InvalidInput(f"{file}: {error.strerror}") from None
    if not found:
        raise InvalidInput(f"{file} is empty")
    return found


def given(parameters: Sequence[str]) -> dict[str, Any]:
    """From NAME=VALUE; the server reads a text as what its parameter is. Raises InvalidInput."""
    from modelyard.domain.errors import InvalidInput

    found = {}
    for one in parameters:
        name, equals, value = one.partition("=")
        if not name or not equals:
            raise InvalidInput(f"'{one}' is no parameter; write NAME=VALUE")
        found[name] = value
    return found


def _row(one: "PipelineRun") -> tuple[object, ...]:
    return (
        one.id,
        one.name,
        one.state,
        times.ago(one.created_at),
        times.lasted(one.started_at or one.created_at, one.ended_at),
        one.error.message.partition("\n")[0][:80] if one.error else "",
    )
