from typing import Annotated

import typer

from modelyard.cli import connect, options, output, times
from modelyard.cli.tracking import Limit

Kind = Annotated[str | None, typer.Option("--kind", help="Only of run, model, endpoint…", show_default=False)]
Subject = Annotated[str | None, typer.Option("--subject", help="Only of this one, by id or name", show_default=False)]


def events(
    kind: Kind = None,
    subject: Subject = None,
    limit: Limit = 30,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Show what changed, newest first."""
    with connect.client(url) as client:
        found = client.events(kind, subject, limit)
    if json:
        output.json(found)
        return
    rows = [
        (
            one.id,
            times.ago(one.at),
            one.actor,
            one.action,
            one.subject,
            ", ".join(f"{key} {value}" for key, value in one.detail.items() if value not in (None, "")),
        )
        for one in found
    ]
    empty = "No such events" if kind or subject else "Nothing has happened yet"
    output.table(("Id", "When", "Who", "What", "Of", "Detail"), rows, empty)
