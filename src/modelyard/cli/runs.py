"""`modelyard runs …`: lists tracked runs, and has the commands of `modelyard pipelines` for those of pipelines."""

from typing import Any

import typer
from typer.core import TyperGroup

from modelyard.cli import pipelines, tracking

LIST = "list"


class Listing(TyperGroup):
    """Words that begin with no command are of the one that lists: names of experiments, and options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = [LIST, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=Listing, help="List tracked runs, as `runs EXPERIMENT`; watch, end and retry those of pipelines.")
app.command(LIST)(tracking.runs)
app.command("watch")(pipelines.show)
app.command("logs")(pipelines.logs)
app.command("cancel")(pipelines.cancel)
app.command("retry")(pipelines.retry)
app.command("archive")(pipelines.archive)
app.command("unarchive")(pipelines.unarchive)
app.command("delete")(pipelines.delete_run)
