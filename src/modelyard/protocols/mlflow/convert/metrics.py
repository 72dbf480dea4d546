import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import cast

from modelyard.domain.errors import InvalidInput
from modelyard.domain.metrics import Metrics
from modelyard.domain.pages import Page
from modelyard.domain.runs import Logged, Metric
from modelyard.protocols.mlflow.wire import metrics as wire

MOST_METRICS = 1000
MOST_PARAMS = 100
MOST_TAGS = 100
MOST_IN_ALL = 1000


def point(sent: wire.LogMetric) -> Logged:
    return Logged(_points((sent,)))


def batch(sent: wire.LogBatch) -> Logged:
    """Raises InvalidInput when there is too much of it."""
    _check_size(sent)
    params = [(one.key, one.value) for one in sent.params]
    return Logged(_points(sent.metrics), params, [(one.key, one.value) for one in sent.tags])


def _points(sent: Sequence[wire.Metric | wire.LogMetric]) -> Sequence[Metric]:
    """The messages themselves, which have all a Metric has: to copy a point costs more than to store it."""
    return cast("Sequence[Metric]", sent)


def history(page: Page[Metric]) -> wire.MetricHistory:
    metrics = _of_one_series(page.items) if isinstance(page.items, Metrics) else [_point(one) for one in page.items]
    return wire.MetricHistory(metrics=metrics or (), next_page_token=page.next_token or "")


def _of_one_series(metrics: Metrics) -> Sequence[wire.Point]:
    """Straight from the columns: a page has thousands of points, nearly always of ordinary numbers."""
    key, points = metrics.key, metrics.points
    rows = zip(points.values, points.timestamps, points.steps, strict=True)
    if math.isfinite(sum(points.values)):
        return [wire.Point(key, value, timestamp, step) for value, timestamp, step in rows]
    return [wire.Point(key, shown(value), timestamp, step) for value, timestamp, step in rows]


def _point(one: Metric) -> wire.Point:
    return wire.Point(one.key, shown(one.value), one.timestamp, one.step)


def histories(found: Mapping[str, Sequence[Metric]], most: int) -> wire.PointsOfRuns:
    """Points of several runs, one run after the other, up to `most` in all."""
    points = chain.from_iterable(_of(run_id, found[run_id]) for run_id in sorted(found))
    return wire.PointsOfRuns(metrics=tuple(islice(points, most)))


def samples(
    found: Mapping[str, Sequence[Metric]], run_ids: Sequence[str], steps: tuple[int, int] | None, most: int
) -> wire.MetricHistory:
    """Up to `most` points of each run, evenly spread; the last one always, and the first unless there is but one."""
    chosen: list[wire.PointOfRun] = []
    for run_id in run_ids:
        points = found.get(run_id, ())
        inside = [one for one in points if steps is None or steps[0] <= one.step <= steps[1]]
        inside.sort(key=lambda one: (one.step, one.timestamp, 0.0 if math.isnan(one.value) else one.value))
        chosen.extend(_of(run_id, [inside[at] for at in spread(len(inside), most)]))
    return wire.MetricHistory(metrics=tuple(chosen))


def spread(total: int, most: int) -> Sequence[int]:
    """Which places out of `total` stand for all: the first of each of `most` groups, as SQL's NTILE makes them.

    The groups are of equal size, or the earlier ones bigger by one. The last place takes the last group's stead.
    """
    if total <= most:
        return range(total)
    size, bigger = divmod(total, most)
    return [*(group * size + min(group, bigger) for group in range(most - 1)), total - 1]


def shown(value: float) -> float | str:
    """NaN as a text, infinity as the largest number there is."""
    if math.isnan(value):
        return "NaN"
    return min(max(value, -sys.float_info.max), sys.float_info.max)


def _of(run_id: str, metrics: Sequence[Metric]) -> Iterator[wire.PointOfRun]:
    for one in metrics:
        yield wire.PointOfRun(one.key, shown(one.value), one.timestamp, one.step, run_id)


def _check_size(sent: wire.LogBatch) -> None:
    everything = len(sent.metrics) + len(sent.params) + len(sent.tags)
    for what, most, count in (
        ("metrics", MOST_METRICS, len(sent.metrics)),
        ("params", MOST_PARAMS, len(sent.params)),
        ("tags", MOST_TAGS, len(sent.tags)),
        ("metrics, params, and tags", MOST_IN_ALL, everything),
    ):
        if count > most:
            raise InvalidInput(
                f"A batch logging request can contain at most {most} {what}. Got {count} {what}. "
                f"Please split up {what} across multiple requests and try again."
            )
