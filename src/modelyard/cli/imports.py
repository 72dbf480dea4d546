import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from modelyard.apps import settings
from modelyard.cli import options, output

if TYPE_CHECKING:
    from modelyard.domain.imports import Counted, ForeignStore, ImportReport

MLFLOW = "mlflow"
What = Annotated[
    list[str],
    typer.Argument(
        help="mlflow and a file store (./mlruns), database URL or server URL; or a directory that was exported",
        metavar="[mlflow] SOURCE",
        show_default=False,
    ),
]
KeepGoing = Annotated[
    bool, typer.Option("--keep-going", help="Leave out what cannot be read instead of stopping there")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read everything, change nothing, and say what would come")]
MlflowArtifacts = Annotated[
    Path | None,
    typer.Option(
        "--mlflow-artifacts",
        help="The folder that mlflow-artifacts: URIs mean, such as ./mlartifacts",
        show_default=False,
    ),
]


def import_(
    what: What,
    keep_going: KeepGoing = False,
    dry_run: DryRun = False,
    mlflow_artifacts: MlflowArtifacts = None,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Bring in an MLflow store, or what was exported elsewhere. The server must not be running."""
    from modelyard.apps import transfers
    from modelyard.domain.imports import ImportOptions

    flags = {"data_dir": data_dir, "database": database, "artifacts": artifacts}
    chosen = settings.load(flags, settings.environment())
    with Progress(quiet=json) as progress:
        report = transfers.bring(
            chosen, lambda: _source(what, mlflow_artifacts), ImportOptions(keep_going, dry_run), progress
        )
    _tell(report, json=json)
    if report.problems:
        raise typer.Exit(1)


def _source(what: list[str], mlflow_artifacts: Path | None) -> "ForeignStore":
    from modelyard.apps import sources

    if what[0] == MLFLOW and len(what) == 2:
        return sources.mlflow(what[1], mlflow_artifacts)
    if len(what) == 1 and what[0] != MLFLOW:
        return sources.exported(Path(what[0]))
    raise settings.BadSetting(
        "Write `modelyard import mlflow SOURCE` with one folder, database URL or server URL, "
        "or `modelyard import DIR` with a directory that `modelyard export` has written"
    )


def _tell(report: "ImportReport", *, json: bool) -> None:
    if json:
        output.json(report)
        return
    rows = [(one.name, one.id, *counted(one.added)) for one in report.experiments]
    output.table(("Experiment", "Id", *COLUMNS), rows, "There are no experiments in it")
    verb = "Would add" if report.dry_run else "Added"
    added = report.added
    output.line(
        f"\n{verb} {added.runs} runs with {added.points} points, {added.logged_models} logged models, "
        f"{added.models} registered models with {added.versions} versions, {added.pipelines} pipelines and "
        f"{added.pipeline_runs} of their runs, {added.files} files ({size(added.bytes)})"
    )
    for note in report.notes:
        output.line(f"Note: {note}")
    for problem in report.problems:
        output.fail(problem)


COLUMNS = ("Runs", "Points", "Logged models", "Files", "Bytes")


def counted(added: "Counted") -> tuple[object, ...]:
    """What the table shows of an experiment."""
    return (added.runs, added.points, added.logged_models, added.files, size(added.bytes))


def size(number: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


class Progress:
    """A bar over the runs of the experiment that is being dealt with, on a terminal; silent elsewhere. A `Watcher`."""

    def __init__(self, *, quiet: bool) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._points = self._bytes = 0
        self._shown = sys.stderr.isatty() and not quiet

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("runs"))
            more = (TextColumn("{task.fields[moved]}"), TimeElapsedColumn())
            self._bar = Bar(*columns, *more, console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def started(self, what: str, runs: int) -> None:
        if self._bar is None:
            return
        from rich.markup import escape

        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(escape(what), total=runs, moved="")

    def moved(self, *, runs: int = 0, points: int = 0, size: int = 0) -> None:
        self._points += points
        self._bytes += size
        if self._bar is not None and self._task is not None:
            moved = f"{self._points:,} points, {_size(self._bytes)}"
            self._bar.update(self._task, advance=runs, moved=moved)


_size = size
