"""A series as few marks as a chart has room for, none of its peaks lost."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from operator import itemgetter, le

from modelyard.domain.series import Points, has_nan, points_of


class Axis(StrEnum):
    """What a chart has from left to right: steps, or milliseconds since the epoch."""

    STEP = "step"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Mark:
    """A value and where it stands."""

    x: int
    value: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """All points with `start` <= x < `end` (the last bucket has its end too): how many, and those that matter.

    `lowest` and `highest` leave NaN out, and are None where there is nothing else.
    """

    start: int
    end: int
    count: int
    first: Mark
    last: Mark
    lowest: Mark | None
    highest: Mark | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series: all its points as `marks` when they are few (`exact`), else buckets of equal width.

    Drawn by step, `times` says when each of the marks, or the first of each bucket, was logged.
    """

    total: int
    exact: bool
    marks: Sequence[Mark] = ()
    buckets: Sequence[Bucket] = ()
    times: Sequence[int] = ()


Range = tuple[int, int]


def drawn(points: Points, buckets: int, axis: Axis, within: Range | None = None) -> Drawn:
    """Exact when there are fewer than two points for each bucket; buckets without points are left out.

    `within` leaves out what is further away than the first point on either side of it, to which lines lead.
    """
    placed = _in_order(points, axis)
    xs = placed.steps if axis is Axis.STEP else placed.timestamps
    start, stop = _part(xs, within)
    if stop - start < 2 * buckets:
        some = zip(xs[start:stop], placed.values[start:stop], strict=True)
        times = placed.timestamps[start:stop].tolist() if axis is Axis.STEP else ()
        return Drawn(len(placed), exact=True, marks=[Mark(*one) for one in some], times=times)
    low, high = xs[start], xs[stop - 1]
    edges = [low + (high - low + 1) * at // buckets for at in range(buckets + 1)]
    places = [bisect_left(xs, edge, start, stop) for edge in edges]
    filled = [at for at in range(buckets) if places[at] < places[at + 1]]
    found = [_bucket(xs, placed.values, (places[at], places[at + 1]), (edges[at], edges[at + 1])) for at in filled]
    times = [placed.timestamps[places[at]] for at in filled] if axis is Axis.STEP else ()
    return Drawn(len(placed), exact=False, buckets=found, times=times)


def _part(xs: Sequence[int], within: Range | None) -> tuple[int, int]:
    if within is None:
        return 0, len(xs)
    return max(0, bisect_left(xs, within[0]) - 1), min(len(xs), bisect_right(xs, within[1]) + 1)


def _in_order(points: Points, axis: Axis) -> Points:
    """By x, then as they were; history has them by time already, and steps nearly always grow with it."""
    if axis is Axis.TIME or all(map(le, points.steps, islice(points.steps, 1, None))):
        return points
    return points_of(sorted(points, key=itemgetter(0)))


def _bucket(xs: array[int], values: array[float], places: tuple[int, int], edges: tuple[int, int]) -> Bucket:
    start, stop = places
    inside = values[start:stop].tolist()  # a list is gone through three times in less time than an array
    lowest = highest = None
    numbers = inside
    if has_nan(inside):
        numbers = [value for value in inside if value == value]  # noqa: PLR0124 - only NaN differs from itself
    if numbers:
        low, high = min(numbers), max(numbers)
        lowest, highest = Mark(xs[start + inside.index(low)], low), Mark(xs[start + inside.index(high)], high)
    first, last = Mark(xs[start], inside[0]), Mark(xs[stop - 1], inside[-1])
    return Bucket(*edges, stop - start, first, last, lowest, highest)
