from pathlib import Path
from typing import Annotated

import typer

from modelyard.apps import settings
from modelyard.cli import manifests, options, output
from modelyard.cli.imports import Progress, size

Target = Annotated[
    Path,
    typer.Argument(
        help="A directory that is made, or an empty one; with --kserve the name of an endpoint or graph",
        metavar="DIR|NAME",
        show_default=False,
    ),
]
Kserve = Annotated[bool, typer.Option("--kserve", help="Write an endpoint or graph as KServe's document")]


def export(
    target: Target,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    artifacts: options.Artifacts = None,
    kserve: Kserve = False,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Write everything to Parquet tables and files, of a server that is not running; or an endpoint as YAML."""
    from modelyard.apps import transfers

    if kserve:
        manifests.show(str(target), url)
        return

    flags = {"data_dir": data_dir, "database": database, "artifacts": artifacts}
    chosen = settings.load(flags, settings.environment())
    with Progress(quiet=json) as progress:
        written = transfers.export(chosen, target, progress)
    if json:
        output.json({"directory": str(target.absolute()), "written": written})
        return
    output.line(
        f"{target}: {written.experiments} experiments with {written.runs} runs and {written.points} points, "
        f"{written.logged_models} logged models, {written.models} registered models with {written.versions} versions, "
        f"{written.pipelines} pipelines and {written.pipeline_runs} of their runs, "
        f"{written.files} files ({size(written.bytes)})"
    )
