"""Searching runs, with work that grows with the page and not with the number of runs wherever an index allows it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

from sqlalchemy import BigInteger, Dialect, bindparam, cast, func, select

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Field, Filter, Operator, Order, View
from modelyard.storage import conditions, keyset, run_conditions, run_pages
from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed
from modelyard.storage.prepared import Prepared, TooLong
from modelyard.storage.run_conditions import OF_PARENTS, RANGES, Shape
from modelyard.storage.run_pages import SHAPES, Part
from modelyard.storage.runs import RunRow
from modelyard.storage.tables.tracking import runs, series

_FURTHER = 2
"""More conditions than these are not counted on to leave fewer runs over."""

_LEAST_STEPS = 100_000
"""Of SQLite's machine: some milliseconds."""

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
    transaction: Transaction,
    query: RunQuery,
    after: Place | None,
    limit: int,
    few: int | None = None,
    offset: int = 0,
) -> tuple[list[RunRow], list[keyset.Scalar] | None]:
    """A page of rows of `runs` and the sort values of the last one when there is a next page.

    `few` is how many runs are rather gathered and sorted than gone through in their order; by itself, what is quicker.
    With `offset`, so many are passed over, which are gone through for it.
    """
    shape, bound = _parted(transaction.dialect, query)
    asked = _Asked(transaction, shape, bound, after, limit, offset)
    start, most_steps = _start(asked, few)
    if start is None and not offset and run_pages.by_metric(shape):
        with suppress(TooLong):  # such a walk comes upon few matches when few match
            return asked.read(None, _parts(shape, after), most_steps)
    return asked.read(start, [(None, after)])


@dataclass(frozen=True)
class _Asked:
    """A page that is looked for."""

    transaction: Transaction
    shape: Shape
    bound: Bound
    after: Place | None
    limit: int
    offset: int = 0

    def read(
        self, start: int | None, parts: Iterable[tuple[Part | None, Place | None]], most_steps: int | None = None
    ) -> tuple[list[RunRow], list[keyset.Scalar] | None]:
        """From the parts in turn, each from its place on, until the page is full."""
        found: list[RunRow] = []
        last: list[keyset.Scalar] | None = None
        for part, place in parts:
            blanks = None if place is None else tuple(value is None for value in place)
            page = run_pages.page(
                self.transaction.dialect,
                self.shape,
                start,
                part,
                blanks,
                self.limit + 1,
                passes_over=self.offset > 0,
            )
            keyset.check(page.keys, place)
            from_here: Bound = {f"after_{at}": value for at, value in enumerate(place or ())}
            if self.offset:
                from_here["offset"] = self.offset
            rows = page.statement.rows(self.transaction, {**self.bound, **from_here}, most_steps)
            room = self.limit - len(found)
            more = len(rows) > room
            rows = rows[:room]
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
    return run_conditions.parted(
        dialect.name, query.workspace_id, query.experiments, query.view, query.filter, query.order
    )


def _parts(shape: Shape, after: Place | None) -> Iterator[tuple[Part, Place | None]]:
    """Where a page by metric is looked for, each part with the place to go on from if that is not its beginning."""
    parts = run_pages.parts(shape)
    if after is not None:
        first = next((part for part in parts if part.value[:1] == tuple(after[:1])), None)
        if first is None:
            raise InvalidInput("Invalid page token: it belongs to another order. Ask for the first page again.")
        yield first, after[len(first.value) :]
        parts = parts[parts.index(first) + 1 :]
    for part in parts:
        yield part, None


def _start(asked: _Asked, few: int | None) -> tuple[int | None, int | None]:
    """The place of a condition that leaves few runs over and has an index to find them by.

    And how many steps a walk in the order of a metric may take, if not any number.
    """
    shape = asked.shape
    ranges = []
    by_metric = run_pages.by_metric(shape)
    for at, comparison in enumerate(shape.filter):
        if (comparison.field, comparison.key) in _KEYED and comparison.operator in _NAMING:
            return at, None
        by_time = comparison.key == "start_time" and by_metric
        if comparison.operator in RANGES and (comparison.field is Field.METRIC or by_time):
            ranges.append(at)
    if not ranges and not (shape.filter and by_metric):
        return None, None
    share = _share(asked)
    counting = _numbers(asked.transaction.dialect, shape, tuple(ranges))
    ((newest, *numbers),) = counting.rows(asked.transaction, {**asked.bound, "share": share})
    few = isqrt(share * newest) if few is None else few
    near = [(number, at) for number, at in zip(numbers, ranges, strict=True) if number <= few]
    return min(near)[1] if near else None, max(_LEAST_STEPS, 2 * newest)


def _share(asked: _Asked) -> int:
    """Times the number of runs, the square of how many are gathered and sorted as quickly as met in their order.

    If n of N runs match a condition, and a tenth of them each further one, a page is full after limit * N * 10^f / n.
    """
    further = min(len(asked.shape.filter) - 1, _FURTHER)
    return int((asked.limit + 1) * 10**further)


@lru_cache(SHAPES)
def _numbers(dialect: Dialect, shape: Shape, ranges: tuple[int, ...]) -> Prepared:
    """About how many runs there are, at most, and how many each of these conditions leaves over, as far as few."""
    newest = select(func.coalesce(func.max(runs.c.pk), 0)).scalar_subquery()
    square = bindparam("share", type_=BigInteger) * newest
    few = func.isqrt(square) if shape.dialect == "sqlite" else cast(func.sqrt(square), BigInteger)
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
        some = found.limit(few + 1).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    return Prepared(select(newest, *numbers), dialect)


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
