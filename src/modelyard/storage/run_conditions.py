"""Conditions on runs as SQL with everything left open that a user writes: keys, values, experiments.

A query without these is its shape. Searches of one shape share their statements, so that each is built once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, exists, literal_column, or_, select

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order, Value, View
from modelyard.storage import conditions
from modelyard.storage.members import among_bound, listed
from modelyard.storage.run_inputs import context_of
from modelyard.storage.tables.tracking import PARENT_TAG, datasets, params, run_datasets, run_tags, runs, series

COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "run_id": runs.c.id,
    "run_name": runs.c.name,
    "status": runs.c.status,
    "artifact_uri": runs.c.artifact_uri,
    "user_id": runs.c.user,
    "start_time": runs.c.started_at,
    "end_time": runs.c.ended_at,
}
RANGES = frozenset({Operator.EQ, Operator.GT, Operator.GE, Operator.LT, Operator.LE})
"""What an index of numbers answers."""

_FEW_EXPERIMENTS = 16
_COSTLIEST_LAST = (Field.PARAM, Field.TAG, Field.METRIC, Field.DATASET, Field.ATTRIBUTE)
_OPEN_KEYS = frozenset({Field.METRIC, Field.PARAM, Field.TAG})
_BLANK: Mapping[type, Value] = {str: "", int: 0, float: 0.0, tuple: (), type(None): None}
OF_PARENTS = "key_of_parents"
"""Names the parameter for the key of the tag that names a parent, which has an index of its own."""

_PARENT: ColumnElement[str] = literal_column(f"'{PARENT_TAG}'")
"""Said in the statement itself, so that the index of parents is used."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes the statements of a query; keys are names of parameters, the same for equal keys.

    Of `experiments` there are so many, or 0 when these are too many to look into one after the other; `only` is the
    one of them that is meant.
    """

    dialect: str
    experiments: int
    view: View
    filter: Filter
    order: tuple[Order, ...]
    only: int | None = None

    def within(self, experiment: ColumnElement[int]) -> ColumnElement[bool]:
        if self.only is not None:
            return experiment == bindparam(f"experiment_{self.only}")
        return among_bound(experiment, "experiments", self.dialect)

    def stage(self) -> Sequence[ColumnElement[bool]]:
        return () if self.view is View.ALL else (runs.c.lifecycle == literal_column(f"'{self.view.value}'"),)

    def one_by_one(self) -> Sequence[Shape]:
        """The same for each experiment, or for all together when these are too many."""
        return [replace(self, only=at) for at in range(self.experiments)] or [self]


def parted(
    dialect: str, workspace_id: int, experiments: Sequence[int], view: View, filter_: Filter, order: Sequence[Order]
) -> tuple[Shape, dict[str, object]]:
    """The shape of a query, and what its parameters are to be bound to."""
    names: dict[str, str] = {}
    within = list(dict.fromkeys(experiments))
    values: dict[str, object] = {"workspace": workspace_id, "experiments": listed(within, dialect)}
    few = len(within) if len(within) <= _FEW_EXPERIMENTS else 0
    values.update({f"experiment_{at}": within[at] for at in range(few)})

    def named(term: Field, key: str) -> str:
        if term not in _OPEN_KEYS:
            return key
        return names.setdefault(key, OF_PARENTS if key == PARENT_TAG else f"key_{len(names)}")

    blank: list[Comparison] = []
    for at, comparison in enumerate(filter_):
        key = named(comparison.field, comparison.key)
        blank.append(Comparison(comparison.field, key, comparison.operator, _BLANK[type(comparison.value)]))
        if comparison.value is not None:
            values[f"value_{at}"] = conditions.operand(comparison, dialect)
    ordered = tuple(replace(term, key=named(term.field, term.key)) for term in order)
    values.update({name: key for key, name in names.items()})
    only = 0 if few == 1 else None
    return Shape(dialect, few, view, tuple(blank), ordered, only), values


def restricted(
    statement: Select[Any], shape: Shape, owner: ColumnElement[int] = runs.c.pk, without: Collection[int] = ()
) -> Select[Any]:
    """With the conditions on each run; not that on the experiment, nor those at the places `without`.

    `owner` is the run's key in the table that the search begins with, so that what is logged to a run is looked at
    before the run itself; SQLite does so in the order in which it is said, and metrics take two steps each.
    """
    places = [at for at in range(len(shape.filter)) if at not in without]
    places.sort(key=lambda at: _COSTLIEST_LAST.index(shape.filter[at].field))
    found = conditions.all_of((_condition(shape, at, owner) for at in places), shape.dialect)
    return statement.where(*found).where(runs.c.workspace_id == bindparam("workspace"), *shape.stage())


def latest_value(shape: Shape, at: int, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """The comparison of a metric at this place of the filter."""
    comparison = shape.filter[at]
    found = conditions.compare(value, comparison, shape.dialect, f"value_{at}")
    if comparison.operator is Operator.NE:  # NaN, which is stored as NULL, differs from every number
        return or_(found, value.is_(None))
    return found


def parent(shape: Shape, at: int, tag: FromClause) -> ColumnElement[bool]:
    """The comparison of the tag that names a parent, on a row of the table of tags."""
    value = conditions.compare(tag.c.value, shape.filter[at], shape.dialect, f"value_{at}")
    return and_(tag.c.key == _PARENT, value)


def _condition(shape: Shape, at: int, owner: ColumnElement[int]) -> ColumnElement[bool]:
    comparison, dialect, value = shape.filter[at], shape.dialect, f"value_{at}"
    match comparison.field:
        case Field.METRIC:
            mine = select(1).where(series.c.run_pk == owner, series.c.key == bindparam(comparison.key))
            return exists(mine.where(latest_value(shape, at, series.c.latest_value)))
        case Field.PARAM | Field.TAG:
            table = params if comparison.field is Field.PARAM else run_tags
            return conditions.has_key(table, owner, comparison, dialect, (comparison.key, value))
        case Field.DATASET:
            return _used_dataset(comparison, dialect, owner, value)
        case _:
            return conditions.attribute(COLUMNS, comparison, dialect, bound_to=value)


def _used_dataset(comparison: Comparison, dialect: str, owner: ColumnElement[int], value: str) -> ColumnElement[bool]:
    used = select(1).where(run_datasets.c.run_pk == owner, run_datasets.c.dataset_pk == datasets.c.pk)
    columns = {"name": datasets.c.name, "digest": datasets.c.digest, "context": context_of(dialect)}
    if comparison.key not in columns:
        raise InvalidInput(f"Invalid dataset attribute key '{comparison.key}'; use name, digest or context")
    return exists(used.where(conditions.compare(columns[comparison.key], comparison, dialect, value)))
