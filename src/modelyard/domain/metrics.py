from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

from modelyard.domain.runs import Metric
from modelyard.domain.series import Points


class Metrics(Sequence[Metric]):
    """The points of one series as metrics, made when asked for: a page of 25,000 is three arrays till then."""

    __slots__ = ("key", "points")

    def __init__(self, key: str, points: Points, first: int = 0, until: int | None = None) -> None:
        whole = first == 0 and (until is None or until >= len(points))
        self.key = key
        self.points = points if whole else points.between(first, until)

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Metric]:
        return (Metric(self.key, value, timestamp, step) for step, timestamp, value in self.points)

    @overload
    def __getitem__(self, at: int) -> Metric: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Metric]: ...
    def __getitem__(self, at: int | slice) -> Metric | Sequence[Metric]:
        if isinstance(at, slice):
            return list(self)[at]
        return Metric(self.key, self.points.values[at], self.points.timestamps[at], self.points.steps[at])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_same, self, other))

    def __hash__(self) -> int:
        return hash((self.key, len(self)))

    def __repr__(self) -> str:
        return f"Metrics({self.key!r}, {list(islice(self.points, 3))}{'...' if len(self) > 3 else ''})"


def _same(one: Metric, other: object) -> bool:
    return one == other
