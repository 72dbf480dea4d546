"""Series as charts have room for them. A value that JSON has no number for comes as NaN, Infinity or -Infinity."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Buckets = Annotated[int, Meta(ge=1, le=10_000)]
Axis = Literal["step", "time"]
X = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class ReadChart(Struct, frozen=True, forbid_unknown_fields=True):
    """`x` is what the chart has from left to right; `buckets` is about its width in pixels.

    With `start` and `end`, only what is between them, and the points that lines lead to from there.
    """

    buckets: Buckets = 1000
    x: Axis = "step"
    start: X | None = None
    end: X | None = None


class ReadCharts(Struct, frozen=True, forbid_unknown_fields=True):
    """The metrics `keys` of each run; together they may be 1,000 series. The rest is as for one chart."""

    run_ids: Annotated[list[str], Meta(max_length=100)]
    keys: Annotated[list[str], Meta(max_length=1000)]
    buckets: Buckets = 1000
    x: Axis = "step"
    start: X | None = None
    end: X | None = None


class Mark(Struct, frozen=True):
    """A value and where it stands: at a step, or at milliseconds since the epoch."""

    x: int
    value: float | str


class Bucket(Struct, frozen=True):
    """The points with `start` <= x < `end`: how many there are, and the ones that a line must go through.

    `min` and `max` leave NaN out, and are null where every value is NaN.
    """

    start: int
    end: int
    count: int
    first: Mark
    last: Mark
    min: Mark | None
    max: Mark | None


class Chart(Struct, frozen=True):
    """One series with `total` points: all of them as `points` where `exact`, else `buckets` of equal width.

    Buckets without points are left out. Drawn by step, `times` has the milliseconds since the epoch at which each of
    the points, or the first of each bucket, was logged; by time it is empty.
    """

    run_id: str
    key: str
    total: int
    exact: bool
    points: list[Mark]
    buckets: list[Bucket]
    times: list[int]


class Charts(Struct, frozen=True):
    """Series by run and metric, in the order asked for; those that were never logged are left out."""

    items: list[Chart]
