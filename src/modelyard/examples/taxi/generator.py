"""Rides made from the published marginals of yellow taxis, January to June 2019, for when no real ones are at hand.

Distances are lognormal; the log of the duration grows with the log of the distance, from a level that depends on the
hour and on whether it is a weekend, plus noise. The real tail of distances is heavier: those are rides to and from the
two airports, so 4 % of rides are such. Rides that cleaning must catch come at the rates real files have them.
Not in the data: any effect of the zones themselves, so a model cannot learn as much from these as from real rides.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MONTHS = pd.period_range("2019-01", "2019-06", freq="M")
RIDES_A_MONTH = 10_000

LOG_MILES_MEAN, LOG_MILES_SD = 0.597, 0.922
LOG_SECONDS_PER_LOG_MILE, LOG_SECONDS_SD = 0.703, 0.359
# fmt: off
LOG_SECONDS_ON_WEEKDAYS = np.array([
    5.78, 5.70, 5.72, 5.63, 5.62, 5.59, 5.75, 5.98, 6.18, 6.26, 6.24, 6.27,
    6.24, 6.22, 6.22, 6.24, 6.20, 6.19, 6.15, 6.06, 5.98, 5.94, 5.95, 5.87,
])
LOG_SECONDS_AT_WEEKENDS = np.array([
    5.94, 5.87, 5.81, 5.77, 5.69, 5.61, 5.60, 5.65, 5.70, 5.79, 5.87, 5.95,
    6.01, 6.05, 6.06, 6.08, 6.08, 6.09, 6.08, 6.06, 5.98, 5.97, 5.97, 5.89,
])
PICKUPS_BY_HOUR = np.array([
    .028, .020, .013, .009, .008, .009, .021, .037, .046, .047, .047, .050,
    .053, .052, .057, .056, .053, .059, .065, .064, .058, .055, .051, .041,
])
# fmt: on
AIRPORT_SHARE = 0.04
AIRPORT_MILES = (9.0, 19.0)
AIRPORT_ZONES = (132, 138)
BUSY_ZONES = (237, 161, 236, 162, 230, 186, 48, 142, 170, 234, 132, 163)
BUSY_ZONE_SHARE = 0.036
ZONES = 263
SAME_ZONE_SHARE = 0.054
NO_DISTANCE_SHARE, TOO_SHORT_SHARE, TOO_LONG_SHARE = 0.007, 0.006, 0.0026


@dataclass(frozen=True, slots=True)
class _Trips:
    miles: NDArray[np.float64]
    pickup_zone: NDArray[np.int64]
    dropoff_zone: NDArray[np.int64]


def generate(seed: int, rides_a_month: int = RIDES_A_MONTH) -> pd.DataFrame:
    """Rides in the columns of `rides.COLUMNS`; the same seed makes the same rides."""
    random = np.random.default_rng(seed)
    pickup = pd.Series(_pickup_times(random, rides_a_month))
    trips = _trips(random, len(pickup))
    seconds = _with_faults(random, _durations(random, pickup, trips.miles))
    miles = np.where(random.random(len(pickup)) < NO_DISTANCE_SHARE, 0.0, trips.miles.round(2))
    return pd.DataFrame(
        {
            "pickup_datetime": pickup,
            "dropoff_datetime": pickup + pd.to_timedelta(seconds.round(), unit="s"),
            "trip_distance": miles,
            "pickup_location_id": trips.pickup_zone.astype("float64"),
            "dropoff_location_id": trips.dropoff_zone.astype("float64"),
        }
    )


def _pickup_times(random: np.random.Generator, rides_a_month: int) -> NDArray[np.datetime64]:
    months = []
    for month in MONTHS:
        day = random.integers(0, month.days_in_month, rides_a_month)
        hour = random.choice(24, rides_a_month, p=PICKUPS_BY_HOUR / PICKUPS_BY_HOUR.sum())
        second = (day * 24 + hour) * 3600 + random.integers(0, 3600, rides_a_month)
        months.append(np.datetime64(month.start_time, "s") + second.astype("timedelta64[s]"))
    return np.concatenate(months)


def _trips(random: np.random.Generator, count: int) -> _Trips:
    pickup, dropoff = _zones(random, count), _zones(random, count)
    dropoff = np.where(random.random(count) < SAME_ZONE_SHARE, pickup, dropoff)
    miles = random.lognormal(LOG_MILES_MEAN, LOG_MILES_SD, count)
    to_airport = random.random(count) < AIRPORT_SHARE
    from_airport = random.random(count) < 0.5
    airport = random.choice(AIRPORT_ZONES, count)
    return _Trips(
        miles=np.where(to_airport, random.uniform(*AIRPORT_MILES, count), miles),
        pickup_zone=np.where(to_airport & from_airport, airport, pickup),
        dropoff_zone=np.where(to_airport & ~from_airport, airport, dropoff),
    )


def _zones(random: np.random.Generator, count: int) -> NDArray[np.int64]:
    others = [zone for zone in range(1, ZONES + 1) if zone not in BUSY_ZONES]
    rest = (1 - BUSY_ZONE_SHARE * len(BUSY_ZONES)) / len(others)
    shares = [BUSY_ZONE_SHARE] * len(BUSY_ZONES) + [rest] * len(others)
    return random.choice([*BUSY_ZONES, *others], count, p=shares)


def _durations(
    random: np.random.Generator, pickup: "pd.Series[pd.Timestamp]", miles: NDArray[np.float64]
) -> NDArray[np.float64]:
    hour = pickup.dt.hour.to_numpy()
    weekend = pickup.dt.day_of_week.to_numpy() >= 5
    level = np.where(weekend, LOG_SECONDS_AT_WEEKENDS[hour], LOG_SECONDS_ON_WEEKDAYS[hour])
    noise = random.normal(0, LOG_SECONDS_SD, len(miles))
    return np.exp(level + LOG_SECONDS_PER_LOG_MILE * np.log(miles) + noise)


def _with_faults(random: np.random.Generator, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """A meter started and stopped at once, or left running till the end of the shift."""
    fault = random.random(len(seconds))
    too_short = fault < TOO_SHORT_SHARE
    too_long = (fault >= TOO_SHORT_SHARE) & (fault < TOO_SHORT_SHARE + TOO_LONG_SHARE)
    seconds = np.where(too_short, random.uniform(0, 20, len(seconds)), seconds)
    return np.where(too_long, random.uniform(3 * 3600, 24 * 3600, len(seconds)), seconds)
