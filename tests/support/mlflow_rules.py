"""MLflow's rules for runs and registered models, as simply as they can be said: a model to hold the store against."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.domain.models import AliasNotFound, Stage
from modelyard.domain.query import Comparison, Field, Operator, Order, View
from modelyard.domain.runs import Logged, RunChange, RunStatus

Point = tuple[int, int, float]
"""Timestamp, step, value."""

Scalar = str | int | float | None
_COMPARED: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: lambda one, other: one == other,
    Operator.NE: lambda one, other: one != other,
    Operator.GT: lambda one, other: one > other,
    Operator.GE: lambda one, other: one >= other,
    Operator.LT: lambda one, other: one < other,
    Operator.LE: lambda one, other: one <= other,
    Operator.IN: lambda one, others: one in others,
    Operator.NOT_IN: lambda one, others: one not in others,
    Operator.LIKE: lambda text, pattern: bool(_pattern(pattern).fullmatch(text)),
    Operator.ILIKE: lambda text, pattern: bool(_pattern(_lower(pattern)).fullmatch(_lower(text))),
}


@dataclass(slots=True)
class RunRules:
    """A run and the order of what was logged to it."""

    id: str
    name: str
    started_at: int
    status: RunStatus = RunStatus.RUNNING
    ended_at: int | None = None
    deleted: bool = False
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)

    def log(self, logged: Logged) -> None:
        """All or nothing: a param has one value for ever."""
        self._refuse_if_deleted()
        new = dict(logged.params)
        if len(new) < len(logged.params) or any(self.params.get(key, value) != value for key, value in new.items()):
            raise InvalidInput("a param has another value")
        self.params.update(new)
        self.tags.update(logged.tags)
        for one in logged.metrics:
            self.points.setdefault(one.key, []).append((one.timestamp, one.step, one.value))

    def untag(self, key: str) -> None:
        self._refuse_if_deleted()
        if self.tags.pop(key, None) is None:
            raise NotFound("no such tag")

    def change(self, change: RunChange) -> None:
        self._refuse_if_deleted()
        self.status = change.status or self.status
        self.ended_at = self.ended_at if change.ended_at is None else change.ended_at
        self.name = change.name or self.name

    def history(self, key: str) -> list[Point]:
        """By time, step and value; what was logged twice is there once."""
        unique = {(at, step, _number(value), math.isnan(value)): value for at, step, value in self.points.get(key, ())}
        return [(at, step, unique[at, step, number, nan]) for at, step, number, nan in sorted(unique)]

    def latest(self, key: str) -> Point:
        """The highest step counts, then time, then value, NaN as zero; of equals the first."""
        return max(self.points[key], key=lambda point: (point[1], point[0], _number(point[2])))

    def value(self, term: Comparison | Order) -> Scalar:
        """What a search compares or orders by; None when there is none."""
        if term.field is Field.METRIC:
            return self.latest(term.key)[2] if term.key in self.points else None
        if term.field in (Field.PARAM, Field.TAG):
            return (self.params if term.field is Field.PARAM else self.tags).get(term.key)
        attributes = {"run_id": self.id, "run_name": self.name, "status": self.status.value}
        return {**attributes, "start_time": self.started_at, "end_time": self.ended_at}[term.key]

    def values(self) -> list[tuple[Field, str, Scalar]]:
        """What it has that a search may ask for by its key."""
        metrics = [(Field.METRIC, key, self.latest(key)[2]) for key in self.points]
        params = [(Field.PARAM, key, value) for key, value in self.params.items()]
        tags = [(Field.TAG, key, value) for key, value in self.tags.items()]
        return [*metrics, *params, *tags, (Field.ATTRIBUTE, "run_name", self.name)]

    def _refuse_if_deleted(self) -> None:
        if self.deleted:
            raise InvalidInput("it is in the trash")


def search(runs: Sequence[RunRules], view: View, filter_: Sequence[Comparison], order: Sequence[Order]) -> list[str]:
    """Ids. What has no value comes last, NaN before it, whichever the direction; then newest first, then by id."""
    seen = [run for run in runs if view is View.ALL or run.deleted == (view is View.DELETED)]
    found = [run for run in seen if all(_holds(run.value(term), term) for term in filter_)]
    found.sort(key=lambda run: run.id)
    found.sort(key=lambda run: run.started_at, reverse=True)
    for term in reversed(order):
        sorted_by = [(run.value(term), run) for run in found]
        numbers = [pair for pair in sorted_by if pair[0] is not None and not _is_nan(pair[0])]
        numbers.sort(key=lambda pair: pair[0], reverse=not term.ascending)  # type: ignore[arg-type, return-value]
        nans = [pair for pair in sorted_by if _is_nan(pair[0])]
        found = [run for _, run in (*numbers, *nans, *(pair for pair in sorted_by if pair[0] is None))]
    return [run.id for run in found]


@dataclass(slots=True)
class VersionRules:
    """`touched` counts up: the higher, the later it was changed."""

    touched: int
    stage: Stage = Stage.NONE
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ModelRules:
    """Numbers are given out once, without gaps."""

    versions: dict[int, VersionRules] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    last: int = 0

    def version(self, number: int) -> VersionRules:
        if number not in self.versions:
            raise NotFound("no such version")
        return self.versions[number]

    def at(self, alias: str) -> int:
        if alias == "latest" and self.versions:
            return max(self.versions)
        if alias == "latest":
            raise NotFound("no version yet")
        if alias not in self.aliases:
            raise AliasNotFound("no such alias")
        return self.aliases[alias]

    def latest(self) -> list[int]:
        """The highest of each stage."""
        return sorted(
            {max(number for number, one in self.versions.items() if one.stage is stage) for stage in self._in_use()}
        )

    def _in_use(self) -> set[Stage]:
        return {one.stage for one in self.versions.values()}


class RegistryRules:
    """Models by name, and a clock that goes on by one with every change."""

    def __init__(self) -> None:
        self.models: dict[str, ModelRules] = {}
        self._now = 0

    def create(self, name: str) -> None:
        if name in self.models:
            raise AlreadyExists("there is one")
        self.models[name] = ModelRules()

    def delete(self, name: str) -> None:
        self.of(name)
        del self.models[name]

    def rename(self, name: str, new: str) -> None:
        found = self.of(name)
        if new != name and new in self.models:
            raise AlreadyExists("there is one")
        self.models[new] = self.models.pop(name) if new != name else found

    def create_version(self, name: str) -> int:
        model = self.of(name)
        model.last += 1
        model.versions[model.last] = VersionRules(self._later())
        return model.last

    def delete_version(self, name: str, number: int) -> None:
        """Aliases go with it; its number does not come back."""
        model = self.of(name)
        model.version(number)
        del model.versions[number]
        model.aliases = {alias: at for alias, at in model.aliases.items() if at != number}

    def move(self, name: str, number: int, stage: Stage, *, archive: bool) -> None:
        if archive and not stage.active:
            raise InvalidInput("nothing to archive")
        model, now = self.of(name), self._later()
        moved = model.version(number)
        for other in model.versions.values():
            if archive and other is not moved and other.stage is stage:
                other.stage, other.touched = Stage.ARCHIVED, now
        moved.stage, moved.touched = stage, now

    def tag(self, name: str, number: int, key: str, value: str) -> None:
        self.of(name).version(number).tags[key] = value

    def alias(self, name: str, alias: str, number: int) -> None:
        model = self.of(name)
        model.version(number)
        model.aliases[alias] = number

    def remove_alias(self, name: str, alias: str) -> None:
        self.of(name).aliases.pop(alias, None)

    def search_versions(self, filter_: Sequence[Comparison]) -> list[tuple[str, int]]:
        """Last changed first, then by name, then the highest number."""
        return [
            (name, number)
            for _, name, _, number in sorted(
                (-one.touched, name, -number, number)
                for name, number, one in self._versions()
                if all(_holds(_version_value(name, number, one, term), term) for term in filter_)
            )
        ]

    def tagged(self) -> list[tuple[str, str]]:
        return [pair for _, _, one in self._versions() for pair in one.tags.items()]

    def of(self, name: str) -> ModelRules:
        if name not in self.models:
            raise NotFound("no such model")
        return self.models[name]

    def _versions(self) -> Iterator[tuple[str, int, VersionRules]]:
        for name, model in self.models.items():
            for number, one in model.versions.items():
                yield name, number, one

    def _later(self) -> int:
        self._now += 1
        return self._now


def _version_value(name: str, number: int, one: VersionRules, term: Comparison) -> Scalar:
    if term.field is Field.TAG:
        return one.tags.get(term.key)
    return name if term.key == "name" else number


def _holds(value: Scalar, term: Comparison) -> bool:
    """NaN differs from every number; what is not there is like nothing, and unlike nothing."""
    if term.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return (value is None) == (term.operator is Operator.IS_NULL)
    return value is not None and _COMPARED[term.operator](value, term.value)


def _is_nan(value: Scalar) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _number(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _lower(text: str) -> str:
    """A to Z alone."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in text)


def _pattern(like: str) -> re.Pattern[str]:
    return re.compile("".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in like), re.DOTALL)
