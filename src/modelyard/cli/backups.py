from pathlib import Path
from typing import Annotated

import typer

from modelyard.apps import settings
from modelyard.apps.settings import Settings
from modelyard.cli import options, output, units
from modelyard.cli.bars import Bar

Target = Annotated[
    Path, typer.Argument(help="An empty or new directory, or one with an earlier backup", show_default=False)
]
Source = Annotated[Path, typer.Argument(help="The directory of a backup", show_default=False)]
Directory = Annotated[
    Path | None, typer.Argument(help="A data directory or a backup; else --data-dir", show_default=False)
]

FAILED = 1


def backup(
    target: Target,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Copy everything, as it is at one moment. The server may go on meanwhile."""
    from modelyard.apps import backups

    with Bar(quiet=json) as bar:
        made = backups.make(_chosen(data_dir, database, artifacts), target, bar.show)
    if json:
        output.json(made)
        return
    output.line(f"Backed up to {target}: the database and {_contents(made.blobs, made.bytes)}")
    if made.artifacts == "bucket":
        output.line(f"The contents stay in {made.artifacts_location}: only their names are in the backup")
    if made.files_sha256:
        size = units.size(made.files_bytes)
        output.line(f"Secrets, config maps and volumes are in it as they are ({size}): let nobody else read it")


def restore(
    source: Source,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Make a data directory of a backup, checking every byte. It must be empty, or not there yet."""
    from modelyard.apps import backups

    chosen = _chosen(data_dir, database, None)
    with Bar(quiet=json) as bar:
        made = backups.restore(source, chosen, bar.show)
    if json:
        output.json(made)
        return
    contents = f" and {_contents(made.blobs, made.bytes)}" if made.artifacts != "none" else ""
    output.line(f"Restored to {chosen.data_dir}: the database{contents}")
    if made.artifacts != "directory":
        output.line(f"The contents are where they were: start the server with --artifacts {made.artifacts_location}")


def verify(
    directory: Directory = None,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Read everything and say what is damaged. The server may go on meanwhile."""
    from modelyard.apps import backups

    chosen = _chosen(str(directory) if directory else data_dir, database, artifacts)
    with Bar(quiet=json) as bar:
        found = backups.verify(chosen, bar.show)
    if json:
        output.json(found)
    else:
        pages = f" ({units.count(found.pages, 'page')} compared)" if found.pages else ""
        looked = (
            f"{units.count(found.points, 'point')} of {found.series:,} series, {_contents(found.blobs, found.bytes)}"
        )
        output.line(f"Looked at the database{pages}, {looked}")
        output.line("Everything is as it was written" if not found.problems else "Damaged:")
        for problem in found.problems:
            output.line(f"  {problem}")
    if found.problems:
        raise typer.Exit(FAILED)


def _chosen(data_dir: str | None, database: str | None, artifacts: str | None) -> Settings:
    flags = {"data_dir": data_dir, "database": database, "artifacts": artifacts}
    return settings.load(flags, settings.environment())


def _contents(number: int, size: int) -> str:
    return f"{units.count(number, 'content')} ({units.size(size)})"
