import math
from array import array

import pytest

from modelyard.domain.series import Latest, Points, has_nan, latest_of, points_of, sorted_unique


def test_columns_must_be_equally_long() -> None:
    with pytest.raises(ValueError, match="2 steps, 1 timestamps, 0 values"):
        Points(array("q", [1, 2]), array("q", [1]), array("d"))


@pytest.mark.parametrize(
    ("rows", "latest"),
    [
        ([(1, 9, 1.0), (2, 1, 0.5)], Latest(2, 1, 0.5)),
        ([(1, 5, 1.0), (1, 4, 9.0)], Latest(1, 5, 1.0)),
        ([(1, 5, 1.0), (1, 5, 2.0), (1, 5, -3.0)], Latest(1, 5, 2.0)),
        ([(-5, 1, 1.0), (-6, 2, 1.0)], Latest(-5, 1, 1.0)),
        ([(1, 1, math.nan), (1, 1, 0.5)], Latest(1, 1, 0.5)),
        ([(1, 1, -math.inf), (1, 1, math.inf)], Latest(1, 1, math.inf)),
    ],
)
def test_the_latest_point_is_the_highest_by_step_then_time_then_value(
    rows: list[tuple[int, int, float]], latest: Latest
) -> None:
    assert latest_of(points_of(rows)) == latest


def test_nan_counts_as_zero_when_looking_for_the_latest() -> None:
    assert math.isnan(latest_of(points_of([(1, 1, -0.5), (1, 1, math.nan)])).value)


def test_of_equal_points_the_first_stays_the_latest() -> None:
    assert latest_of(points_of([(1, 1, 0.0), (1, 1, math.nan)])) == Latest(1, 1, 0.0)
    assert math.isnan(latest_of(points_of([(1, 1, math.nan), (1, 1, 0.0)])).value)


def test_no_points_have_no_latest() -> None:
    with pytest.raises(ValueError, match="no points"):
        latest_of(Points())


def test_history_is_ordered_by_time_step_value_with_repeats_once() -> None:
    rows = [(2, 5, 1.0), (1, 5, 2.0), (1, 5, 1.0), (1, 5, 2.0), (9, 4, 0.0)]
    assert list(sorted_unique(points_of(rows))) == [(9, 4, 0.0), (1, 5, 1.0), (1, 5, 2.0), (2, 5, 1.0)]


def test_repeated_nans_are_one_point_beside_zero() -> None:
    ordered = sorted_unique(points_of([(1, 1, math.nan), (1, 1, 1.0), (1, 1, math.nan), (1, 1, 0.0), (1, 1, -1.0)]))
    assert [repr(value) for value in ordered.values] == ["-1.0", "0.0", "nan", "1.0"]


def test_points_in_order_are_not_copied() -> None:
    points = points_of([(1, 1, 0.0), (2, 1, 0.0), (0, 2, 0.0)])
    assert sorted_unique(points) is points


def test_infinities_that_cancel_out_are_not_nan() -> None:
    assert not has_nan(array("d", [math.inf, -math.inf]))
    assert has_nan(array("d", [1.0, math.nan]))
