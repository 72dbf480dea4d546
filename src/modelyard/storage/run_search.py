"""Searching runs, with work that grows with the page and not with the number of runs wherever an index allows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import isqrt

from sqlalchemy import Dialect, bindparam, func, select

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Field, Filter, Operator, Order, View
from modelyard.storage import conditions, keyset, run_conditions, run_pages
from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed
from modelyard.storage.prepared import Prepared
from modelyard.storage.run_conditions import OF_PARENTS, RANGES, Shape
from modelyard.storage.run_pages import SHAPES, Part
from modelyard.storage.runs import RunRow
from modelyard.storage.tables.tracking import runs, series

_FURTHER = 2
"""More conditions than these are not counted on to leave fewer runs over."""

_NAMING = frozenset({Operator.EQ, Operator.IN})
_KEYED = frozenset({(Field.ATTRIBUTE, "run_id"), (Field.TAG, OF_PARENTS)})
Bound = dict[str, object]
Place = Sequence[keyset.Scalar]


@dataclass(frozen=True, slots=True)
class RunQuery:
    """What to look for: experiments, lifecycle, conditions, order."""

    workspace_id: int
    experiments: Sequence[int]
    view: View
    filter: Filter
    order: Sequence[Order] = ()


def search(
    transaction: Transaction, query: RunQuery, after: Place | None, limit: int, few: int | None = None
) -> tuple[list[RunRow], list[keyset.Scalar] | None]:
    """A page of rows of `runs` and the sort values of the last one when there is a next page.

    `few` is how many runs are rather gathered and sorted than gone through in their order; by itself, what is quicker.
    """
    dialect = transaction.dialect
    shape, bound = _parted(dialect, query)
    start = _start(transaction, shape, bound, limit, few)
    found: list[RunRow] = []
    last: list[keyset.Scalar] | None = None
    for part, place in _parts(shape, start, after):
        blanks = None if place is None else tuple(value is None for value in place)
        page = run_pages.page(dialect, shape, start, part, blanks)
        bound.update({f"after_{at}": value for at, value in enumerate(place or ())})
        rows = page.rows(transaction, {**bound, "limit": limit + 1 - len(found)})
        more = len(found) + len(rows) > limit
        if more:
            rows.pop()
        found += [page.run_of(row) for row in rows]
        last = page.sort_values(rows[-1]) if rows else last
        if more:
            return found, last
    return found, None


def count(transaction: Transaction, query: RunQuery) -> int:
    shape, bound = _parted(transaction.dialect, query)
    ((number,),) = _counting(transaction.dialect, shape).rows(transaction, bound)
    return int(number)


def matching(transaction: Transaction, query: RunQuery, pks: Sequence[int]) -> frozenset[int]:
    """Which of these rows the query finds."""
    shape, bound = _parted(transaction.dialect, query)
    bound["pks"] = listed(pks, shape.dialect)
    return frozenset(pk for (pk,) in _matching(transaction.dialect, shape).rows(transaction, bound))


def _parted(dialect: Dialect, query: RunQuery) -> tuple[Shape, Bound]:
    experiments, order = tuple(query.experiments), tuple(query.order)
    return run_conditions.parted(dialect.name, query.workspace_id, experiments, query.view, query.filter, order)


def _parts(shape: Shape, start: int | None, after: Place | None) -> Iterator[tuple[Part | None, Place | None]]:
    """The parts that a page is looked for in, each with the place to go on from if that is not its beginning."""
    if start is not None or not run_pages.by_metric(shape):
        yield None, after
        return
    parts = run_pages.parts(shape)
    if after is not None:
        first = next((part for part in parts if part.value[:1] == tuple(after[:1])), None)
        if first is None:
            raise InvalidInput("Invalid page token: it belongs to another order. Ask for the first page again.")
        yield first, after[len(first.value) :]
        parts = parts[parts.index(first) + 1 :]
    for part in parts:
        yield part, None


def _start(transaction: Transaction, shape: Shape, bound: Bound, limit: int, few: int | None) -> int | None:
    """The place of a condition that leaves few runs over and has an index to find them by."""
    ranges = []
    for at, comparison in enumerate(shape.filter):
        if (comparison.field, comparison.key) in _KEYED and comparison.operator in _NAMING:
            return at
        by_time = comparison.key == "start_time" and run_pages.by_metric(shape)
        if comparison.operator in RANGES and (comparison.field is Field.METRIC or by_time):
            ranges.append(at)
    if not ranges:
        return None
    if few is None:
        few = _worth_gathering(transaction, shape, limit)
    (numbers,) = _numbers(transaction.dialect, shape, tuple(ranges)).rows(transaction, {**bound, "few": few + 1})
    least, at = min(zip(numbers, ranges, strict=True))
    return at if least <= few else None


def _worth_gathering(transaction: Transaction, shape: Shape, limit: int) -> int:
    """How many runs are gathered and sorted as quickly as a page of them is come upon among all.

    If n of N runs match a condition, and a tenth of them each further one, a page is full after limit * N * 10^f / n.
    """
    ((newest,),) = _newest(transaction.dialect).rows(transaction, {})
    further = min(len(shape.filter) - 1, _FURTHER)
    return isqrt((limit + 1) * (newest or 0) * 10**further)


@lru_cache(SHAPES)
def _numbers(dialect: Dialect, shape: Shape, ranges: tuple[int, ...]) -> Prepared:
    """How many runs each of these conditions leaves over, as far as `few`."""
    numbers = []
    for at in ranges:
        comparison = shape.filter[at]
        if comparison.field is Field.METRIC:
            value = run_conditions.latest_value(shape, at, series.c.latest_value)
            mine = (shape.within(series.c.experiment_pk), series.c.key == bindparam(comparison.key), value)
            found = select(series.c.pk).where(*mine)
        else:
            time = conditions.compare(runs.c.started_at, comparison, shape.dialect, f"value_{at}")
            found = select(runs.c.pk).where(shape.within(runs.c.experiment_pk), *shape.stage(), time)
        some = found.limit(bindparam("few")).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    return Prepared(select(*numbers), dialect)


@cache
def _newest(dialect: Dialect) -> Prepared:
    return Prepared(select(func.max(runs.c.pk)), dialect)


@lru_cache(SHAPES)
def _counting(dialect: Dialect, shape: Shape) -> Prepared:
    statement = select(func.count()).select_from(runs).where(shape.within(runs.c.experiment_pk))
    return Prepared(run_conditions.restricted(statement, shape), dialect)


@lru_cache(SHAPES)
def _matching(dialect: Dialect, shape: Shape) -> Prepared:
    statement = select(runs.c.pk).where(
        among_bound(runs.c.pk, "pks", shape.dialect), shape.within(runs.c.experiment_pk)
    )
    return Prepared(run_conditions.restricted(statement, shape), dialect)
