"""Dropping rides that cannot have happened, and saying how many and why.

The bounds are those of the published taxi workshop: longer than 20 seconds, shorter than 3 hours, 0 to 150 miles.
"""

from dataclasses import dataclass

import pandas as pd

from modelyard.domain import errors

SHORTEST_SECONDS = 20
LONGEST_SECONDS = 3 * 60 * 60
LONGEST_MILES = 150
FEWEST_RIDES = 200


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rides dropped by one rule; a ride that breaks several is counted at the first."""

    reason: str
    rides: int


@dataclass(frozen=True, slots=True)
class CleanRides:
    """`frame` is ordered by pickup time and has `duration_seconds` as one more column."""

    frame: pd.DataFrame
    rides_before: int
    dropped: tuple[Dropped, ...]


def clean(rides: pd.DataFrame) -> CleanRides:
    """Raises InvalidInput when fewer rides are left than a model can be trained and judged on."""
    duration = (rides["dropoff_datetime"] - rides["pickup_datetime"]).dt.total_seconds()
    distance = rides["trip_distance"]
    rules = (
        ("a needed value is missing", rides.isna().any(axis="columns")),
        (f"took {SHORTEST_SECONDS} seconds or less", duration <= SHORTEST_SECONDS),
        ("took 3 hours or more", duration >= LONGEST_SECONDS),
        ("went no distance", distance <= 0),
        (f"went {LONGEST_MILES} miles or more", distance >= LONGEST_MILES),
    )
    keep = pd.Series(data=True, index=rides.index)
    dropped = []
    for reason, breaks in rules:
        dropped.append(Dropped(reason, int((keep & breaks).sum())))
        keep &= ~breaks
    kept = rides.assign(duration_seconds=duration)[keep].sort_values("pickup_datetime", kind="stable")
    if len(kept) < FEWEST_RIDES:
        told = ", ".join(f"{drop.rides} {drop.reason}" for drop in dropped if drop.rides) or "none was dropped"
        raise errors.InvalidInput(
            f"Only {len(kept)} of {len(rides)} rides can be used ({told}); at least {FEWEST_RIDES} are needed"
        )
    return CleanRides(kept.reset_index(drop=True), len(rides), tuple(dropped))
