"""Ours to the wire's, pure."""

import math
from collections.abc import Sequence

import msgspec

from modelyard.domain import experiments
from modelyard.domain.errors import InvalidInput
from modelyard.domain.events import Event
from modelyard.domain.pages import Page
from modelyard.domain.runs import Fields, Metric, RunDetail
from modelyard.protocols.native import wire

_KINDS = ("metrics", "params", "tags")


def experiment(one: experiments.Experiment) -> wire.Experiment:
    return wire.Experiment(
        id=one.id,
        name=one.name,
        artifact_location=one.artifact_location,
        lifecycle=one.lifecycle,
        created_at=one.created_at,
        updated_at=one.updated_at,
        tags=dict(one.tags),
    )


def experiment_page(page: Page[experiments.Experiment]) -> wire.Experiments:
    return wire.Experiments([experiment(one) for one in page.items], page.next_token)


def run(detail: RunDetail) -> wire.Run:
    one = detail.run
    data = msgspec.json.decode(detail.document.body, type=wire.RunData)
    return wire.Run(
        id=one.id,
        experiment_id=one.experiment_id,
        name=one.name,
        user=one.user,
        status=one.status,
        lifecycle=one.lifecycle,
        started_at=one.started_at,
        ended_at=one.ended_at,
        artifact_uri=one.artifact_uri,
        metrics=data.metrics,
        params=data.params,
        tags=data.tags,
    )


def run_page(page: Page[RunDetail], ancestors: Sequence[RunDetail], total: int | None) -> wire.Runs:
    return wire.Runs([run(one) for one in page.items], page.next_token, [run(one) for one in ancestors], total)


def fields(sent: Sequence[str] | None) -> Fields | None:
    """Raises InvalidInput for what is not logged to runs."""
    if sent is None:
        return None
    keys: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    whole: set[str] = set()
    for one in sent:
        kind, dot, key = one.partition(".")
        if kind not in keys or (dot and not key):
            raise InvalidInput(f"Invalid field '{one[:200]}': name metrics.KEY, params.KEY, tags.KEY, or all {_KINDS}")
        if dot:
            keys[kind].add(key)
        else:
            whole.add(kind)
    return Fields(*(None if kind in whole else frozenset(keys[kind]) for kind in _KINDS))


def points_page(page: Page[Metric]) -> wire.Points:
    points = [wire.Point(point.step, point.timestamp, number(point.value)) for point in page.items]
    return wire.Points(points, page.next_token)


def number(value: float) -> float | str:
    """JSON has no number for these."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def event(one: Event) -> wire.Event:
    return wire.Event(one.id, one.at, one.actor, one.action, one.kind, one.subject, dict(one.detail))


def event_page(found: Sequence[Event], limit: int) -> wire.Events:
    items = [event(one) for one in found]
    return wire.Events(items, items[-1].id if len(items) == limit else None)
