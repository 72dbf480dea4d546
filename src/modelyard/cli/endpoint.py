"""`modelyard endpoint NAME`: one endpoint in full."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, times
from modelyard.cli.endpoints import Name

if TYPE_CHECKING:
    from modelyard.sdk.endpoints import Endpoint, Revision, Rollout

EVERY = 1.0
TAIL = 10
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Show it again and again until Ctrl-C")]
OF_THE_REVISION = ("Revision", "Traffic", "State", "Replicas", "Model", "Version", "Runtime", "Restarts")
LATELY = ("Requests", "Failed", "p50", "p90")


def endpoint(name: Name, watch: Watch = False, url: options.Url = None, json: options.Json = False) -> None:
    """Show one endpoint in full: what holds, who gets which requests, and what went wrong last."""
    with connect.client(url) as client:
        found = client.endpoint(name)
        while watch:
            if sys.stdout.isatty():
                sys.stdout.write("\x1b[H\x1b[2J")
            _show(found, json=json)
            time.sleep(EVERY)
            found = client.endpoint(name)
    _show(found, json=json)


def _show(found: "Endpoint", *, json: bool) -> None:
    if json:
        output.json(found)
        return
    status = found.status
    output.line(f"{found.name}  {status.phase}, {status.transition}  {found.url}")
    if status.message:
        output.line(f"  {status.message}")
    if status.ignored:
        output.line(f"  without effect on this server: {', '.join(status.ignored)}")
    rollouts = found.models or ({"": found.rollout} if found.rollout is not None else {})
    for model, rollout in rollouts.items():
        for line in _about(model, rollout):
            output.line(f"  {line}")
    output.line("")
    output.table(OF_THE_REVISION + LATELY, [_row(one, found) for one in found.revisions], "No revisions")
    output.line("")
    conditions = [(one.type, one.status, times.ago(one.since), one.reason) for one in status.conditions]
    output.table(("Condition", "Holds", "Since", "Reason"), conditions, "Nobody has looked at it yet")
    for one in found.revisions:
        for line in _failure(one):
            output.line(line)


def _about(model: str, rollout: "Rollout") -> Iterator[str]:
    of_model = f"model {model}: " if model else ""
    if rollout.stopped:
        yield f"{of_model}stopped"
    if rollout.follows:
        yield f"{of_model}follows {rollout.follows}"
    if rollout.canary and rollout.guard is not None:
        latency = rollout.guard["latency_ms"]
        beyond = f" or one of ten takes over {latency:g} ms" if latency is not None else ""
        yield f"{of_model}rolled back by itself when over {rollout.guard['error_rate']:.1%} fail{beyond}"
    if rollout.canary and rollout.plan is not None:
        steps = ", ".join(str(step) for step in rollout.plan["steps"])
        yield f"{of_model}climbs {steps} %, each for {rollout.plan['interval']:g} s"
    if rollout.rolled_back is not None:
        yield f"{of_model}{rollout.rolled_back.message} ({times.ago(rollout.rolled_back.at)})"


def _row(one: "Revision", found: "Endpoint") -> Sequence[object]:
    status, lately = one.status, one.lately
    rollout = found.models.get(one.model) or found.rollout
    share = f"{status.traffic} %"
    if status.shadow:
        share = "shadow"
    elif rollout is not None and not status.traffic and one.number == rollout.previous:
        share = "previous"
    compared = f" ({lately.equal} equal, {lately.different} not)" if lately is not None and status.shadow else ""
    return (
        one.number,
        share,
        status.state,
        f"{status.ready} of {status.wanted}",
        f"{one.model}: {one.model_uri}" if one.model else one.model_uri,
        one.model_version,
        status.runtime,
        status.restarts,
        "" if lately is None else f"{lately.asked}/min{compared}",
        "" if lately is None else lately.failed,
        "" if lately is None or not lately.p50_ms else f"{lately.p50_ms:.1f} ms",
        "" if lately is None or not lately.p90_ms else f"{lately.p90_ms:.1f} ms",
    )


def _failure(one: "Revision") -> Iterator[str]:
    failure = one.status.failure
    if failure is None:
        return
    code = "" if failure.exit_code is None else f", exit code {failure.exit_code}"
    yield f"\nRevision {one.number} failed {times.ago(failure.at)}: {failure.reason}{code}"
    yield f"  {failure.message}"
    yield from (f"  | {line}" for line in failure.log_tail.splitlines()[-TAIL:])
