"""Series as the server draws them. A value that JSON has no number for comes as NaN, Infinity or -Infinity."""

from msgspec import Struct


class Mark(Struct, frozen=True):
    """A value and its step, or its time in milliseconds since the epoch."""

    x: int
    value: float | str


class Bucket(Struct, frozen=True):
    """The points with `start` <= x < `end`; `min` and `max` are None where every value is NaN."""

    start: int
    end: int
    count: int
    first: Mark
    last: Mark
    min: Mark | None
    max: Mark | None


class Chart(Struct, frozen=True):
    """One series of `total` points: all of them as `points` where `exact`, else `buckets` of equal width.

    By step, `times` says when each of the points, or the first of each bucket, was logged.
    """

    run_id: str
    key: str
    total: int
    exact: bool
    points: list[Mark]
    buckets: list[Bucket]
    times: list[int]
