"""Paging by the values of the last row seen: constant cost on every page, and no row twice or left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, or_, true

from modelyard.domain.errors import InvalidInput

Scalar = str | int | float | None
Place = Sequence[Scalar] | Sequence[ColumnElement[Any] | None]
"""Sort values of a row: themselves, or parameters that are bound to them later, None being None."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """One term of an order. With `nullable`, NULL sorts last in either direction.

    The terms of a list must end in a unique one, so that the order is total.
    """

    column: ColumnElement[Any]
    ascending: bool = True
    nullable: bool = False


def page(statement: Select[Any], keys: Sequence[SortKey], after: Sequence[Scalar] | None, limit: int) -> Select[Any]:
    """Orders `statement`, starts it after the row whose sort values are `after`, asks for one row more than `limit`.

    The sort values come back as columns `sort_0`, `sort_1`… Raises InvalidInput when `after` is not of this order.
    """
    statement = statement.add_columns(*(key.column.label(f"sort_{at}") for at, key in enumerate(keys)))
    check(keys, after)
    return beyond(statement, keys, after).order_by(*terms(keys)).limit(limit + 1)


def check(keys: Sequence[SortKey], after: Sequence[Scalar] | None) -> None:
    """Raises InvalidInput for values that the columns cannot have: PostgreSQL does not compare texts with numbers."""
    if after is not None and not (len(after) == len(keys) and all(map(_fits, keys, after))):
        raise InvalidInput("Invalid page token: it belongs to another order. Ask for the first page again.")


def _fits(key: SortKey, value: Scalar) -> bool:
    kind: type = key.column.type.python_type
    return value is None or isinstance(value, (int, float) if kind is float else kind)


def beyond(statement: Select[Any], keys: Sequence[SortKey], after: Place | None) -> Select[Any]:
    """Only the rows that come after, which must have been checked."""
    if after is None:
        return statement
    return statement.where(_reached(keys[0], after[0]), _beyond(keys, after))


def terms(keys: Sequence[SortKey]) -> list[ColumnElement[Any]]:
    """What to order by."""
    found: list[ColumnElement[Any]] = []
    for key in keys:
        if key.nullable:
            found.append(case((key.column.is_(None), 1), else_=0))
        found.append(key.column if key.ascending else key.column.desc())
    return found


def values_of(row: Row[Any], keys: Sequence[SortKey]) -> list[Scalar]:
    return [getattr(row, f"sort_{at}") for at in range(len(keys))]


def _reached(key: SortKey, value: Any) -> ColumnElement[bool]:
    """Follows from being beyond; said apart, because an index can start there and not at a disjunction."""
    if value is None or key.nullable:
        return true()
    start: ColumnElement[bool] = key.column >= value if key.ascending else key.column <= value
    return start


def _beyond(keys: Sequence[SortKey], after: Place) -> ColumnElement[bool]:
    """Rows that come later: equal in the first terms and beyond in the next."""
    options: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for key, value in zip(keys, after, strict=True):
        options.append(and_(*equal, _later(key, value)))
        equal.append(key.column.is_(None) if value is None else key.column == value)
    return or_(*options)


def _later(key: SortKey, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false()
    later = key.column > value if key.ascending else key.column < value
    return or_(later, key.column.is_(None)) if key.nullable else later
