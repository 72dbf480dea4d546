import numpy as np
import pandas as pd
import pytest

from modelyard.domain import errors
from modelyard.examples.taxi import cleaning

START = pd.Timestamp("2019-03-01 12:00:00")


def rides(seconds: list[float], miles: list[float]) -> pd.DataFrame:
    count = len(seconds)
    pickup = pd.Series([START - pd.Timedelta(minutes=minute) for minute in range(count)])
    return pd.DataFrame(
        {
            "pickup_datetime": pickup,
            "dropoff_datetime": pickup + pd.to_timedelta(seconds, unit="s"),
            "trip_distance": miles,
            "pickup_location_id": 230.0,
            "dropoff_location_id": 48.0,
        }
    )


GOOD = rides([600.0] * 300, [2.0] * 300)


def dropped(bad: pd.DataFrame) -> dict[str, int]:
    cleaned = cleaning.clean(pd.concat([GOOD, bad], ignore_index=True))
    assert cleaned.rides_before == 300 + len(bad)
    assert cleaned.rides_before == len(cleaned.frame) + sum(drop.rides for drop in cleaned.dropped)
    return {drop.reason: drop.rides for drop in cleaned.dropped if drop.rides}


def test_every_rule_counts_what_it_drops() -> None:
    bad = rides([20, -60, 10_800, 90_000, 600, 600, 600], [1, 1, 1, 1, 0, -1, 150])
    assert dropped(bad) == {
        "took 20 seconds or less": 2,
        "took 3 hours or more": 2,
        "went no distance": 2,
        "went 150 miles or more": 1,
    }


def test_rides_just_inside_the_bounds_stay() -> None:
    assert dropped(rides([21, 10_799, 600, 600], [1, 1, 0.01, 149.99])) == {}


def test_a_ride_that_breaks_two_rules_is_counted_once() -> None:
    assert dropped(rides([5, 5], [0, 200])) == {"took 20 seconds or less": 2}


def test_a_missing_value_in_any_column_drops_the_ride() -> None:
    bad = rides([600] * 5, [1] * 5)
    for row, column in enumerate(bad.columns):
        bad[column] = bad[column].mask(bad.index == row)
    assert dropped(bad) == {"a needed value is missing": 5}


def test_what_is_kept_is_in_order_of_time_with_its_duration() -> None:
    frame = cleaning.clean(GOOD).frame
    assert frame["pickup_datetime"].is_monotonic_increasing
    assert np.array_equal(frame["duration_seconds"], np.full(300, 600.0))


def test_too_few_rides_left_are_refused_with_the_reasons() -> None:
    with pytest.raises(errors.InvalidInput, match=r"Only 10 of 60 rides can be used \(50 went no distance\)"):
        cleaning.clean(rides([600] * 60, [0.0] * 50 + [1.0] * 10))
