"""All points of one metric of one run, as columns: a million points are three arrays, not a million objects."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import lt


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Columns of equal length: steps and timestamps (milliseconds) as int64, values as float64."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    timestamps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def __post_init__(self) -> None:
        if not len(self.steps) == len(self.timestamps) == len(self.values):
            raise ValueError(
                f"columns of different lengths: {len(self.steps)} steps, {len(self.timestamps)} timestamps, "
                f"{len(self.values)} values"
            )

    def __len__(self) -> int:
        return len(self.steps)

    def between(self, first: int, until: int | None) -> Points:
        """The points from place `first` up to, without, `until`."""
        return Points(self.steps[first:until], self.timestamps[first:until], self.values[first:until])

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        """Yields (step, timestamp, value)."""
        return zip(self.steps, self.timestamps, self.values, strict=True)


@dataclass(frozen=True, slots=True)
class Latest:
    """The point a run shows for a metric: the highest step, not the last one written."""

    step: int
    timestamp: int
    value: float


def points_of(rows: Iterable[tuple[int, int, float]]) -> Points:
    """Points from (step, timestamp, value) rows."""
    points = Points()
    for step, timestamp, value in rows:
        points.steps.append(step)
        points.timestamps.append(timestamp)
        points.values.append(value)
    return points


def latest_of(points: Points) -> Latest:
    """The maximum of (step, timestamp, value) where NaN counts as zero, as MLflow has it; the first of equals.

    Raises ValueError when there are no points.
    """
    if not points:
        raise ValueError("no points: there is no latest one")
    highest = max(points.steps)
    if points.steps.count(highest) == 1:
        at = points.steps.index(highest)
        return Latest(highest, points.timestamps[at], points.values[at])
    if has_nan(points.values):
        return Latest(*max(points, key=lambda point: _recency(*point)))
    return Latest(*max(points))


def sorted_unique(points: Points) -> Points:
    """Points in history order (timestamp, step, value), exact repeats once. NaN equals NaN and sorts beside zero."""
    if _strictly_increasing(points):
        return points
    rows = sorted(
        {
            (timestamp, step, 0.0 if value != value else value, value != value)  # noqa: PLR0124 - only NaN differs from itself
            for step, timestamp, value in points
        }
    )
    return points_of((step, timestamp, float("nan") if is_nan else value) for timestamp, step, value, is_nan in rows)


def has_nan(values: Sequence[float]) -> bool:
    """A sum costs a tenth of a look at every value and is NaN if any value is (or if infinities cancel out)."""
    total = sum(values)
    return total != total and any(value != value for value in values)  # noqa: PLR0124 - only NaN differs from itself


def _recency(step: int, timestamp: int, value: float) -> tuple[int, int, float]:
    return step, timestamp, 0.0 if value != value else value  # noqa: PLR0124 - only NaN differs from itself


def _strictly_increasing(points: Points) -> bool:
    """Times that all differ, as they nearly always do, are a third of the work of times and steps together."""
    times = points.timestamps
    if all(map(lt, times, islice(times, 1, None))):
        return True
    return all(map(lt, zip(times, points.steps, strict=True), islice(zip(times, points.steps, strict=True), 1, None)))
