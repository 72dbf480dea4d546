from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, units
from modelyard.cli.bars import Bar

if TYPE_CHECKING:
    from modelyard.sdk.jobs import Job, Tally

OlderThan = Annotated[
    str,
    typer.Option(
        "--older-than", help="Only what has been in the trash for so long, such as 30d or 12h", metavar="TIME"
    ),
]
Experiments = Annotated[
    list[str] | None,
    typer.Option("--experiment", help="Only this experiment with all in it; may be repeated", show_default=False),
]
Runs = Annotated[list[str] | None, typer.Option("--run", help="Only this run; may be repeated", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Delete nothing, and say what would be", show_default=False)]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Return when it is done, or at once")]

_PHASES = {"": "Waiting", "marking": "Marking", "erasing": "Deleting", "sweeping": "Freeing space", "done": "Done"}
_MOST_SHOWN = 20


def gc(
    older_than: OlderThan = "0s",
    experiment: Experiments = None,
    run: Runs = None,
    dry_run: DryRun = False,
    wait: Wait = True,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Delete for good what is in the trash, and free the space. The server does it, also after Ctrl-C here."""
    seconds = units.duration("--older-than", older_than)
    with connect.client(url) as client:
        if dry_run:
            planned = client.plan_deletion(seconds, experiment or (), run or ())
            if json:
                output.json({"dry_run": True, "tally": planned})
            else:
                _tell("Would delete", planned)
            return
        with Bar(quiet=json) as bar:
            job = client.delete_for_good(seconds, experiment or (), run or ())
            if wait:
                job = client.wait_for_job(job.id, on_progress=lambda seen: bar.show(_doing(seen), seen.done))
    if json:
        output.json(job)
    elif job.ended:
        _tell("Deleted", job.tally)
    else:
        output.line(f"The server works on it: job {job.id}")


def _doing(job: "Job") -> str:
    return job.error or _PHASES.get(job.phase, job.phase)


def _tell(verb: str, tally: "Tally") -> None:
    things = (
        units.count(tally.experiments, "experiment"),
        units.count(tally.runs, "run"),
        units.count(tally.logged_models, "logged model"),
        units.count(tally.files, "file"),
    )
    free = "Would free" if verb.startswith("Would") else "Freed"
    output.line(f"{verb} {', '.join(things[:-1])} and {things[-1]}")
    output.line(f"{free} {units.size(tally.bytes)} in {units.count(tally.blobs, 'content')}")
    for kept in tally.kept[:_MOST_SHOWN]:
        output.line(f"Kept {kept.kind.replace('_', ' ')} {kept.id}: {kept.reason}")
    if tally.kept_count > _MOST_SHOWN:
        output.line(f"Kept {tally.kept_count - _MOST_SHOWN} more; --json names up to {len(tally.kept)}")
