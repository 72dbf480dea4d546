import math
import random

from hypothesis import given
from hypothesis import strategies as st

from modelyard.domain.charts import Axis, Drawn, Mark, drawn
from modelyard.domain.series import Points, points_of, sorted_unique

VALUES = st.floats(allow_nan=True, allow_infinity=True)
SERIES = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 1000), VALUES), max_size=120)


def column(points: Points, axis: Axis) -> list[int]:
    return list(points.steps if axis is Axis.STEP else points.timestamps)


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


@given(SERIES, st.integers(1, 40), st.sampled_from(Axis))
def test_nothing_that_can_be_seen_is_lost(rows: list[tuple[int, int, float]], count: int, axis: Axis) -> None:
    points = sorted_unique(points_of(rows))
    chart = drawn(points, count, axis)
    assert chart.total == len(points)
    assert chart.exact == (len(points) < 2 * count)
    if chart.exact:
        assert [mark.x for mark in chart.marks] == sorted(column(points, axis))
        assert not chart.buckets
        assert len(chart.times) == (len(points) if axis is Axis.STEP else 0)
        return
    assert len(chart.times) == (len(chart.buckets) if axis is Axis.STEP else 0)
    assert len(chart.buckets) <= count
    assert sum(bucket.count for bucket in chart.buckets) == len(points)
    pairs = list(zip(column(points, axis), points.values, strict=True))
    for bucket in chart.buckets:
        inside = [(x, value) for x, value in pairs if bucket.start <= x < bucket.end]
        numbers = [value for _, value in inside if not math.isnan(value)]
        assert len(inside) == bucket.count > 0
        assert (bucket.first.x, bucket.last.x) == (min(x for x, _ in inside), max(x for x, _ in inside))
        assert (bucket.lowest is None) == (not numbers)
        if bucket.lowest is not None and bucket.highest is not None:
            assert (bucket.lowest.value, bucket.highest.value) == (min(numbers), max(numbers))
            assert (bucket.lowest.x, bucket.lowest.value) in inside
            assert (bucket.highest.x, bucket.highest.value) in inside


def test_a_single_peak_among_a_million_points_is_still_there() -> None:
    peak = 654_321
    points = points_of((step, step, 9.0 if step == peak else random.random()) for step in range(1_000_000))  # noqa: S311
    chart = drawn(points, 1000, Axis.STEP)
    assert len(chart.buckets) == 1000
    assert [bucket.highest for bucket in chart.buckets if bucket.highest and bucket.highest.value > 1] == [
        Mark(peak, 9.0)
    ]


def test_points_that_share_one_x_are_one_bucket() -> None:
    chart = drawn(points_of((0, at, float(at)) for at in range(10)), 3, Axis.STEP)
    [bucket] = chart.buckets
    assert (bucket.start, bucket.end, bucket.count, bucket.first.value, bucket.last.value) == (0, 1, 10, 0.0, 9.0)


def test_of_nothing_there_is_nothing_to_draw() -> None:
    assert drawn(Points(), 10, Axis.TIME) == Drawn(0, exact=True, marks=[])


def test_values_that_are_no_numbers_do_not_hide_those_that_are() -> None:
    rows = [(0, 0, math.nan), (0, 1, -math.inf), (0, 2, 3.0), (1, 3, math.nan), (1, 4, math.nan)]
    first, second = drawn(points_of(rows), 2, Axis.STEP).buckets
    assert same(first.first.value, math.nan)
    assert (first.lowest, first.highest) == (Mark(0, -math.inf), Mark(0, 3.0))
    assert (second.lowest, second.highest, second.count) == (None, None, 2)
