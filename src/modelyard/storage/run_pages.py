"""The statements that fetch pages of runs, built once for each shape of a search.

A page in the order of a metric is read from the index of its values: runs with a number first, then those with NaN,
then those without the metric. In other orders, and where a condition leaves few runs over, all that match are sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    union_all,
)

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Field, Order, View
from modelyard.storage import keyset, run_conditions
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
    keys: Sequence[SortKey]
    common: tuple[Scalar, ...]
    places: Sequence[int]

    def sort_values(self, row: tuple[Any, ...]) -> list[Scalar]:
        return [*self.common, *(row[place] for place in self.places)]

    @staticmethod
    def run_of(row: tuple[Any, ...]) -> RunRow:
        return RunRow._make(row[:_WIDTH])


def by_metric(shape: Shape) -> bool:
    """Whether an index has the order that is asked for."""
    return shape.experiments > 0 and bool(shape.order) and shape.order[0].field is Field.METRIC


def parts(shape: Shape) -> Sequence[Part]:
    """In an order by metric, what may be found: only numbers when they are compared."""
    return (Part.NUMBER,) if _compared(shape) else tuple(Part)


@lru_cache(SHAPES)
def page(
    dialect: Dialect,
    shape: Shape,
    start: int | None,
    part: Part | None,
    blanks: tuple[bool, ...] | None,
    most: int,
    *,
    passes_over: bool = False,
) -> Page:
    """At most so many runs of one part, or of all of them; those that match the condition at `start` are few.

    `blanks` says which sort values of the place to go on from are missing, None that the page is the first. `most` is
    said in the statement: not knowing it, PostgreSQL would plan for a tenth of all runs, and anew each time. What
    `passes_over` an offset is one page of all: how many of each part are left out is not known.
    """
    keys = _keys(shape, part)
    after = None if blanks is None else _open(keys, blanks)
    extra = [key.column for key in keys if key.column not in _PLACES]
    limit: ColumnElement[int] = literal_column(str(most))
    pages = []
    for apart in [shape] if passes_over else _apart(shape, start, part, keys):
        found = _gathered(apart, start) if part is None else _of_part(apart, part)
        found = keyset.beyond(_joined(found, shape, part), keys, after).order_by(*keyset.terms(keys)).limit(limit)
        pages.append(found.add_columns(*(column.label(f"sort_{at}") for at, column in enumerate(extra))))
    places = {**_PLACES, **{column: _WIDTH + at for at, column in enumerate(extra)}}
    sorted_by = [places[key.column] for key in keys]
    if passes_over:
        pages = [pages[0].offset(bindparam("offset", type_=BigInteger))]
    statement = pages[0] if len(pages) == 1 else _together(pages, keys, sorted_by).limit(limit)
    return Page(Prepared(statement, dialect), keys, part.value if part else (), sorted_by)


_LATEST = series.alias("latest")
_PLACES: Mapping[ColumnElement[Any], int] = {column: at for at, column in enumerate(SHOWN)}


def _open(keys: Sequence[SortKey], blanks: tuple[bool, ...]) -> list[ColumnElement[Any] | None]:
    kinds = [key.column.type for key in keys]
    if len(kinds) != len(blanks):
        raise InvalidInput("Invalid page token: it belongs to another order. Ask for the first page again.")
    return [
        None if blank else bindparam(f"after_{at}", type_=kind)
        for at, (kind, blank) in enumerate(zip(kinds, blanks, strict=True))
    ]


def _apart(shape: Shape, start: int | None, part: Part | None, keys: Sequence[SortKey]) -> Sequence[Shape]:
    """Shapes with a page each in the order of an index; the pages together have the page that is looked for."""
    if start is not None:
        return [shape]
    if part is not None:
        return shape.one_by_one()
    if keys[0].column is not runs.c.started_at:
        return [shape]
    stages = (View.ACTIVE, View.DELETED) if shape.view is View.ALL and shape.experiments else (shape.view,)
    return [replace(one, view=stage) for one in shape.one_by_one() for stage in stages]


def _together(pages: Sequence[Select[Any]], keys: Sequence[SortKey], places: Sequence[int]) -> Select[Any]:
    found = union_all(*(select(page.subquery()) for page in pages)).subquery()
    columns = list(found.c)
    terms = [SortKey(columns[place], key.ascending, key.nullable) for key, place in zip(keys, places, strict=True)]
    return select(found).order_by(*keyset.terms(terms))


def _gathered(shape: Shape, start: int | None) -> Select[Any]:
    """All that match, found by the condition at `start` if it has an index of its own."""
    statement = select(*SHOWN)
    given = None if start is None else shape.filter[start]
    if given is None or start is None or given.field is Field.ATTRIBUTE:
        return run_conditions.restricted(statement.where(shape.within(runs.c.experiment_pk)), shape)
    if given.field is not Field.METRIC:
        begun = run_tags.alias("nested")
        # The sum keeps SQLite from beginning with all runs of the experiment.
        first = [run_conditions.parent(shape, start, begun), shape.within(runs.c.experiment_pk + 0)]
    else:
        begun = series.alias("matching")
        value = run_conditions.latest_value(shape, start, begun.c.latest_value)
        first = [shape.within(begun.c.experiment_pk), begun.c.key == bindparam(given.key), value]
        if shape.dialect == "postgresql":  # without statistics it would take the runs first, all of them
            few = func.array(select(begun.c.run_pk).where(*first).scalar_subquery())
            return run_conditions.restricted(statement.where(runs.c.pk == func.any(few)), shape, without={start})
    statement = statement.join(begun, begun.c.run_pk == runs.c.pk).where(*first)
    return run_conditions.restricted(statement, shape, begun.c.run_pk, {start})


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
    return run_conditions.restricted(statement, shape, _LATEST.c.run_pk, _compared(shape))


def _compared(shape: Shape) -> frozenset[int]:
    """The conditions that want a number of the metric that comes first in the order."""
    return frozenset(
        at
        for at, one in enumerate(shape.filter)
        if one.field is Field.METRIC and one.key == shape.order[0].key and one.operator in run_conditions.RANGES
    )


def _keys(shape: Shape, part: Part | None) -> Sequence[SortKey]:
    """Missing values last in either direction; numbers before NaN; then newest first. Each column counts once."""
    keys: list[SortKey] = []
    if part is Part.NUMBER:
        keys.append(SortKey(_LATEST.c.latest_value, shape.order[0].ascending))
    for at, term in _terms(shape, part):
        keys += [_attribute_key(term)] if term.field is Field.ATTRIBUTE else _value_keys(_values(at, term), term)
    keys += [SortKey(runs.c.started_at, ascending=False), SortKey(runs.c.id)]
    first: dict[ColumnElement[Any], SortKey] = {}
    for key in keys:
        first.setdefault(key.column, key)
    return list(first.values())


def _terms(shape: Shape, part: Part | None) -> Sequence[tuple[int, Order]]:
    """What the order of a part still hangs on, with its place."""
    return list(enumerate(shape.order))[0 if part is None else 1 :]


def _joined(statement: Select[Any], shape: Shape, part: Part | None) -> Select[Any]:
    """With the values that are ordered by."""
    for at, term in _terms(shape, part):
        if term.field is not Field.ATTRIBUTE:
            value = _values(at, term)
            mine = and_(value.c.run_pk == runs.c.pk, value.c.key == bindparam(term.key))
            statement = statement.outerjoin(value, mine)
    return statement


@cache
def _table(field: Field, at: int) -> FromClause:
    return _TABLES[field].alias(f"ordered_{at}")


def _values(at: int, term: Order) -> FromClause:
    if term.field not in _TABLES:
        raise InvalidInput(f"Runs cannot be ordered by {term.field} {term.key!r}")
    return _table(term.field, at)


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
