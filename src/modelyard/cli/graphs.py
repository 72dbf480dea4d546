"""`modelyard graphs` and `modelyard graph NAME`: endpoints that answer as one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, times

if TYPE_CHECKING:
    from modelyard.sdk.graphs import Graph, Step

Name = Annotated[str, typer.Argument(help="The graph's name", metavar="NAME", show_default=False)]


def graphs(url: options.Url = None, json: options.Json = False) -> None:
    """List graphs of endpoints and whether they answer."""
    with connect.client(url) as client:
        found = client.graphs()
    if json:
        output.json(found)
        return
    rows = [(one.name, _phase(one), ", ".join(one.endpoints), times.ago(one.updated_at), one.message) for one in found]
    output.table(
        ("Name", "Phase", "Endpoints", "Changed", "Message"), rows, "No graphs; `modelyard apply -f FILE` makes one"
    )


def graph(name: Name, url: options.Url = None, json: options.Json = False) -> None:
    """Show one graph in full: its nodes, and what holds."""
    with connect.client(url) as client:
        found = client.graph(name)
    if json:
        output.json(found)
        return
    output.line(f"{found.name}  {_phase(found)}  {found.url}")
    if found.message:
        output.line(f"  {found.message}")
    output.line("")
    rows = [
        (node, wired.router, step.name, step.service or f"node {step.node}", ", ".join(_how(step)))
        for node, wired in found.nodes.items()
        for step in wired.steps
    ]
    output.table(("Node", "Router", "Step", "Asks", "How"), rows, "No nodes")
    output.line("")
    conditions = [
        (one.type, one.status, times.ago(one.since) if one.since else "", one.reason) for one in found.conditions
    ]
    output.table(("Condition", "Holds", "Since", "Reason"), conditions, "Nobody has looked at it yet")


def _phase(one: "Graph") -> str:
    return "Ready" if one.ready else "Not ready"


def _how(step: "Step") -> Iterator[str]:
    if step.weight:
        yield f"{step.weight} %"
    if step.response:
        yield "the answer before"
    if step.condition:
        yield f"if {step.condition}"
    if not step.soft:
        yield "hard"
