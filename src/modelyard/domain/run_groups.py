"""What experiments hold at a glance: keys that were logged, groups of runs, and how many there are of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelyard.domain.query import Field, Filter, View


@dataclass(frozen=True, slots=True)
class LoggedKey:
    """A metric, param or tag: how many runs have it, and how many values they have for it."""

    field: Field
    key: str
    runs: int
    values: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The most frequent keys out of `total`."""

    items: Sequence[LoggedKey]
    total: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The latest values of a metric over some runs. Without a number among them there is nothing but the count."""

    count: int
    mean: float | None
    deviation: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class GroupsWanted:
    """Runs that match, by the values of these params and tags, with these metrics of each group."""

    experiment_ids: Sequence[str]
    filter: Filter
    view: View
    by: Sequence[tuple[Field, str]]
    metrics: Sequence[str]
    limit: int


@dataclass(frozen=True, slots=True)
class Group:
    """Runs with the same values; None is of those that have none."""

    values: tuple[str | None, ...]
    runs: int
    metrics: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class Activity:
    """The runs of an experiment that are not in the trash, in numbers."""

    experiment_id: str
    runs: int
    running: int
    failed: int
    last_started_at: int | None
