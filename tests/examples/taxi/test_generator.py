from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelyard.examples.taxi import cleaning, generator, rides


@pytest.fixture(scope="module")
def generated() -> pd.DataFrame:
    return generator.generate(seed=7)


@pytest.fixture(scope="module")
def cleaned(generated: pd.DataFrame) -> pd.DataFrame:
    return cleaning.clean(generated).frame


def test_the_same_seed_makes_the_same_rides_and_another_seed_others() -> None:
    assert generator.generate(3, 100).equals(generator.generate(3, 100))
    assert not generator.generate(3, 100).equals(generator.generate(4, 100))


def test_rides_look_like_loaded_ones(generated: pd.DataFrame) -> None:
    assert list(generated.columns) == list(rides.COLUMNS)
    assert not generated.isna().any(axis=None)


def test_every_month_of_the_first_half_of_2019_has_as_many_rides(generated: pd.DataFrame) -> None:
    months = generated["pickup_datetime"].dt.strftime("%Y-%m").value_counts().sort_index()
    assert months.to_dict() == {f"2019-0{month}": 10_000 for month in range(1, 7)}


def test_durations_have_the_published_marginals(cleaned: pd.DataFrame) -> None:
    seconds = cleaned["duration_seconds"]
    assert seconds.median() == pytest.approx(663, rel=0.08)
    assert seconds.mean() == pytest.approx(849, rel=0.12)
    assert seconds.quantile(0.05) == pytest.approx(186, rel=0.08)
    assert seconds.quantile(0.95) == pytest.approx(2_152, rel=0.25)


def test_distances_have_the_published_marginals(cleaned: pd.DataFrame) -> None:
    miles = cleaned["trip_distance"]
    assert miles.median() == pytest.approx(1.82, rel=0.1)
    assert miles.mean() == pytest.approx(2.93, rel=0.15)
    assert miles.quantile(0.95) == pytest.approx(10.9, rel=0.1)


def test_pickups_follow_the_published_hours(generated: pd.DataFrame) -> None:
    shares = generated["pickup_datetime"].dt.hour.value_counts(normalize=True).sort_index()
    assert np.abs(shares.to_numpy() - generator.PICKUPS_BY_HOUR).max() < 0.005


def test_about_four_per_cent_are_long_rides_between_the_city_and_an_airport(generated: pd.DataFrame) -> None:
    pickup_there = generated["pickup_location_id"].isin(generator.AIRPORT_ZONES)
    dropoff_there = generated["dropoff_location_id"].isin(generator.AIRPORT_ZONES)
    long = generated["trip_distance"].between(*generator.AIRPORT_MILES)
    assert (long & (pickup_there | dropoff_there)).mean() == pytest.approx(0.04, abs=0.005)


def test_zones_are_those_of_the_city_with_the_busy_ones_busy(generated: pd.DataFrame) -> None:
    zones = generated["pickup_location_id"]
    assert zones.between(1, generator.ZONES).all()
    shares = zones.value_counts(normalize=True)
    assert all(0.03 <= shares[zone] <= 0.055 for zone in generator.BUSY_ZONES)
    assert (zones == generated["dropoff_location_id"]).mean() == pytest.approx(0.054 + 0.02, abs=0.01)


def test_cleaning_has_something_to_do(generated: pd.DataFrame) -> None:
    reasons = {drop.reason: drop.rides for drop in cleaning.clean(generated).dropped}
    for reason in ("took 20 seconds or less", "took 3 hours or more", "went no distance"):
        assert 50 <= reasons[reason] <= 700


@pytest.mark.parametrize("column", ["trip_distance", "duration_seconds"])
def test_generated_rides_are_close_to_real_ones(taxi_data: Path, cleaned: pd.DataFrame, column: str) -> None:
    real = cleaning.clean(rides.load(taxi_data, seed=0).frame).frame[column]
    quantiles = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    assert np.abs(np.log(cleaned[column].quantile(quantiles) / real.quantile(quantiles))).max() < 0.25
