from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, times

if TYPE_CHECKING:
    from modelyard.sdk.client import Client
    from modelyard.sdk.resources import Metric, Run

MOST_METRICS = 4
Limit = Annotated[int, typer.Option("--limit", help="How many at most", min=1, max=1000)]
Experiments = Annotated[
    list[str] | None,
    typer.Argument(
        help="Names or ids of experiments; all when none is given", metavar="EXPERIMENT", show_default=False
    ),
]
Filter = Annotated[str, typer.Option("--filter", help="Such as \"metrics.mae < 200 and params.kind = 'tree'\"")]
Order = Annotated[list[str] | None, typer.Option("--order-by", help="Such as 'metrics.mae ASC'", show_default=False)]


def experiments(limit: Limit = 100, url: options.Url = None, json: options.Json = False) -> None:
    """List experiments, newest first."""
    with connect.client(url) as client:
        found = client.experiments(limit)
    if json:
        output.json(found)
        return
    rows = [(one.id, one.name, times.ago(one.created_at), times.ago(one.updated_at)) for one in found]
    output.table(("Id", "Name", "Created", "Updated"), rows, "No experiments")


def runs(
    experiment: Experiments = None,
    filter_: Filter = "",
    order_by: Order = None,
    limit: Limit = 50,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """List runs, newest first unless ordered."""
    with connect.client(url) as client:
        found = client.runs(_ids(client, experiment or ()), filter_, order_by or (), limit)
    if json:
        output.json(found)
        return
    output.table(
        ("Id", "Name", "Status", "Started", "Lasted", "Metrics"), [_row(one) for one in found], "No runs match"
    )


def _ids(client: "Client", wanted: Sequence[str]) -> Sequence[str]:
    from modelyard.domain.errors import NotFound

    known = client.experiments(1000)
    if not wanted:
        return [one.id for one in known]
    by_name = {one.name: one.id for one in known}
    ids = {one.id for one in known}
    for one in wanted:
        if one not in by_name and one not in ids:
            raise NotFound(f"There is no experiment '{one}'; `modelyard experiments` lists them")
    return [by_name.get(one, one) for one in wanted]


def _row(one: "Run") -> tuple[object, ...]:
    return (
        one.id,
        one.name,
        one.status,
        times.ago(one.started_at),
        times.lasted(one.started_at, one.ended_at),
        _metrics(one.metrics),
    )


def _metrics(metrics: Sequence["Metric"]) -> str:
    shown = [f"{one.key} {one.value if isinstance(one.value, str) else f'{one.value:.4g}'}" for one in metrics]
    more = len(shown) - MOST_METRICS
    return ", ".join(shown[:MOST_METRICS]) + (f", {more} more" if more > 0 else "")
