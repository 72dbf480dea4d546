"""The statements that fetch pages of runs, built once for each shape of a search.

A page in the order of a metric is read from the index of its values: runs with a number first, then those with NaN,
then those without the metric. In other orders, and where a condition leaves few runs over, all that match are sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    select,
)

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Field, Order
from modelyard.storage import keyset, run_conditions
from modelyard.storage.database import Transaction
from modelyard.storage.keyset import Scalar, SortKey
from modelyard.storage.prepared import Prepared
from modelyard.storage.run_conditions import COLUMNS, Shape
from modelyard.storage.runs import SHOWN, RunRow
from modelyard.storage.tables.tracking import params, run_tags, runs, series

SHAPES = 256
"""So many statements are kept."""

_TABLES: Mapping[Field, Table] = {Field.METRIC: series, Field.PARAM: params, Field.TAG: run_tags}
_WIDTH = len(SHOWN)


class Part(Enum):
    """Which runs of an order by metric; the value is the sort values that they have in common."""

    NUMBER = (0,)
    NAN = (1, None)
    MISSING = (2, None)


@dataclass(frozen=True, slots=True)
class Page:
    """A statement, and where in its rows the sort values are."""

    statement: Prepared
    common: tuple[Scalar, ...]
    places: Sequence[int]

    def rows(self, transaction: Transaction, bound: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """One more than `limit` says when there are more."""
        return self.statement.rows(transaction, bound)

    def sort_values(self, row: tuple[Any, ...]) -> list[Scalar]:
        return [*self.common, *(row[place] for place in self.places)]

    @staticmethod
    def run_of(row: tuple[Any, ...]) -> RunRow:
        return RunRow._make(row[:_WIDTH])


def by_metric(shape: Shape) -> bool:
    """Whether an index has the order that is asked for."""
    return shape.one_experiment and bool(shape.order) and shape.order[0].field is Field.METRIC


def parts(shape: Shape) -> Sequence[Part]:
    """In an order by metric, what may be found: only numbers when they are compared."""
    return (Part.NUMBER,) if _compared(shape) else tuple(Part)


@lru_cache(SHAPES)
def page(dialect: Dialect, shape: Shape, start: int | None, part: Part | None, blanks: tuple[bool, ...] | None) -> Page:
    """Runs of one part, or all of them; those that match the condition at `start` are few.

    `blanks` says which sort values of the place to go on from are missing, None that the page is the first.
    """
    if part is None:
        statement, keys = _ordered(_gathered(shape, start), shape.order)
    else:
        statement, keys = _ordered(_of_part(shape, part), shape.order[1:])
        if part is Part.NUMBER:
            keys.insert(0, SortKey(_LATEST.c.latest_value, shape.order[0].ascending))
    after = None if blanks is None else _open(keys, blanks)
    statement = keyset.beyond(statement, keys, after).order_by(*keyset.terms(keys))
    extra = [key.column for key in keys if key.column not in _PLACES]
    places = {**_PLACES, **{column: _WIDTH + at for at, column in enumerate(extra)}}
    statement = statement.add_columns(*extra).limit(bindparam("limit", type_=Integer))
    return Page(Prepared(statement, dialect), part.value if part else (), [places[key.column] for key in keys])


_LATEST = series.alias("latest")
_MATCHING = series.alias("matching")
_PLACES: Mapping[ColumnElement[Any], int] = {column: at for at, column in enumerate(SHOWN)}


def _open(keys: Sequence[SortKey], blanks: tuple[bool, ...]) -> list[ColumnElement[Any] | None]:
    kinds = [key.column.type for key in keys]
    if len(kinds) != len(blanks):
        raise InvalidInput("Invalid page token: it belongs to another order. Ask for the first page again.")
    return [
        None if blank else bindparam(f"after_{at}", type_=kind)
        for at, (kind, blank) in enumerate(zip(kinds, blanks, strict=True))
    ]


def _gathered(shape: Shape, start: int | None) -> Select[Any]:
    """All that match, found by the condition at `start` if it has an index of its own."""
    statement = select(*SHOWN)
    given = None if start is None else shape.filter[start]
    if given is None or start is None or given.field is Field.ATTRIBUTE:
        return run_conditions.restricted(statement.where(shape.within(runs.c.experiment_pk)), shape)
    if given.field is Field.METRIC:
        statement = statement.join(_MATCHING, _MATCHING.c.run_pk == runs.c.pk).where(
            shape.within(_MATCHING.c.experiment_pk),
            _MATCHING.c.key == bindparam(given.key),
            run_conditions.latest_value(shape, start, _MATCHING.c.latest_value),
        )
    else:
        nested = run_tags.alias("nested")
        statement = statement.join(nested, nested.c.run_pk == runs.c.pk).where(
            run_conditions.parent(shape, start, nested),
            shape.within(runs.c.experiment_pk + 0),  # the sum keeps SQLite from starting with all runs of it
        )
    return run_conditions.restricted(statement, shape, {start})


def _of_part(shape: Shape, part: Part) -> Select[Any]:
    key: BindParameter[str] = bindparam(shape.order[0].key)
    statement = select(*SHOWN)
    if part is Part.MISSING:
        logged = exists(select(1).where(_LATEST.c.run_pk == runs.c.pk, _LATEST.c.key == key))
        return run_conditions.restricted(statement.where(shape.within(runs.c.experiment_pk), ~logged), shape)
    value = _LATEST.c.latest_value
    statement = statement.join(_LATEST, _LATEST.c.run_pk == runs.c.pk).where(
        shape.within(_LATEST.c.experiment_pk),
        _LATEST.c.key == key,
        value.is_(None) if part is Part.NAN else value.is_not(None),
        *(run_conditions.latest_value(shape, at, value) for at in _compared(shape)),
    )
    return run_conditions.restricted(statement, shape, _compared(shape))


def _compared(shape: Shape) -> frozenset[int]:
    """The conditions that want a number of the metric that comes first in the order."""
    return frozenset(
        at
        for at, one in enumerate(shape.filter)
        if one.field is Field.METRIC and one.key == shape.order[0].key and one.operator in run_conditions.RANGES
    )


def _ordered(statement: Select[Any], order: Sequence[Order]) -> tuple[Select[Any], list[SortKey]]:
    """Missing values last in either direction; numbers before NaN; then newest first."""
    keys: list[SortKey] = []
    for term in order:
        if term.field is Field.ATTRIBUTE:
            keys.append(_attribute_key(term))
            continue
        table = _TABLES.get(term.field)
        if table is None:
            raise InvalidInput(f"Runs cannot be ordered by {term.field} {term.key!r}")
        value = table.alias()
        mine = and_(value.c.run_pk == runs.c.pk, value.c.key == bindparam(term.key))
        statement = statement.outerjoin(value, mine)
        keys += _value_keys(value, term)
    keys += [SortKey(runs.c.started_at, ascending=False), SortKey(runs.c.id)]
    first: dict[ColumnElement[Any], SortKey] = {}
    for sort_key in keys:
        first.setdefault(sort_key.column, sort_key)
    return statement, list(first.values())


def _value_keys(value: FromClause, term: Order) -> list[SortKey]:
    if term.field is not Field.METRIC:
        return [SortKey(value.c.value, term.ascending, nullable=True)]
    missing = case((value.c.pk.is_(None), 2), (value.c.latest_value.is_(None), 1), else_=0)
    return [SortKey(missing), SortKey(value.c.latest_value, term.ascending, nullable=True)]


def _attribute_key(term: Order) -> SortKey:
    column = COLUMNS.get(term.key)
    if column is None:
        raise InvalidInput(f"Invalid order_by attribute {term.key!r}; one of {', '.join(sorted(COLUMNS))}")
    return SortKey(column, term.ascending, nullable=term.key == "end_time")
