"""Comparisons of the query AST as SQL."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Double,
    Table,
    Text,
    bindparam,
    exists,
    not_,
    select,
    true,
)
from sqlalchemy.sql.operators import OperatorType, eq, ge, gt, le, lt, ne

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Comparison, Operator
from modelyard.storage import key_values
from modelyard.storage.members import among_parameter, listed

_COMPARE: Mapping[Operator, OperatorType] = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.GT: gt,
    Operator.GE: ge,
    Operator.LT: lt,
    Operator.LE: le,
}
# A float must not become the column's integer: 1.5 is not 2.
_KINDS: Mapping[type, Any] = {float: Double(), int: BigInteger(), str: Text()}
Dialect = str
PLANNED_TOGETHER = 8
"""Conditions that PostgreSQL may make joins of; the time to find the best order for them is exponential."""


def all_of(conditions: Iterable[ColumnElement[bool]], dialect: Dialect) -> Iterator[ColumnElement[bool]]:
    """Those of a filter, of which there may be a hundred: what is said of a subquery's truth stays a subquery."""
    for at, condition in enumerate(conditions):
        yield condition if dialect == "sqlite" or at < PLANNED_TOGETHER else condition.is_(true())


def operand(comparison: Comparison, dialect: Dialect) -> Any:
    """What is to be bound for the comparison's value."""
    operator, value = comparison.operator, comparison.value
    if isinstance(value, tuple):
        return listed(value, dialect)
    if operator is Operator.LIKE and dialect == "sqlite":
        return _glob(str(value))
    return value


def compare(
    column: ColumnElement[Any], comparison: Comparison, dialect: Dialect, bound_to: str | None = None
) -> ColumnElement[bool]:
    """`column` against the comparison's value; LIKE is case-sensitive on both databases, ILIKE is not.

    With `bound_to`, the value is left open: what `operand` answers is to be bound to that name.
    """
    operator = comparison.operator
    if operator is Operator.IS_NULL or operator is Operator.IS_NOT_NULL:
        return column.is_(None) if operator is Operator.IS_NULL else column.is_not(None)
    if operator is Operator.IN or operator is Operator.NOT_IN:
        found = among_parameter(column, _parameter(comparison, dialect, bound_to), dialect)
        return found if operator is Operator.IN else not_(found)
    value = _parameter(comparison, dialect, bound_to)
    if operator in _COMPARE:
        return column.operate(_COMPARE[operator], value)
    return _like(column, value, dialect, sensitive=operator is Operator.LIKE)


def _parameter(comparison: Comparison, dialect: Dialect, name: str | None) -> BindParameter[Any]:
    kind = _KINDS.get(type(comparison.value))
    if name is not None:
        return bindparam(name, type_=kind)
    return bindparam(None, operand(comparison, dialect), type_=kind)


def _like(
    column: ColumnElement[Any], pattern: ColumnElement[Any], dialect: Dialect, *, sensitive: bool
) -> ColumnElement[bool]:
    """`%` and `_` are wildcards and nothing escapes them; without case, only A-Z are equal to a-z."""
    if dialect != "sqlite":
        return column.like(pattern, escape="") if sensitive else column.ilike(pattern, escape="")
    # SQLite's LIKE ignores case; GLOB does not, and has other wildcards.
    return column.op("GLOB")(pattern) if sensitive else column.like(pattern)


def _glob(pattern: str) -> str:
    return "".join({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}.get(sign, sign) for sign in pattern)


def has_key(
    table: Table,
    owner: ColumnElement[int],
    comparison: Comparison,
    dialect: Dialect,
    bound_to: tuple[str, str] | None = None,
) -> ColumnElement[bool]:
    """Whether `owner` has the key with such a value in a table of keys and values.

    With `bound_to`, key and value are left open, to be bound to these names.
    """
    key_name, value_name = bound_to or (None, None)
    key: Any = comparison.key if key_name is None else bindparam(key_name)
    mine = select(1).where(key_values.owner_of(table) == owner, table.c.key == key)
    if comparison.operator is Operator.IS_NULL:
        return not_(exists(mine))
    if comparison.operator is Operator.IS_NOT_NULL:
        return exists(mine)
    return exists(mine.where(compare(table.c.value, comparison, dialect, value_name)))


def attribute(
    columns: Mapping[str, ColumnElement[Any]],
    comparison: Comparison,
    dialect: Dialect,
    convert: Callable[[Comparison], Comparison] = lambda comparison: comparison,
    bound_to: str | None = None,
) -> ColumnElement[bool]:
    """Raises InvalidInput for an attribute that cannot be searched."""
    column = columns.get(comparison.key)
    if column is None:
        raise InvalidInput(
            f"Invalid attribute key {comparison.key!r}; one of {', '.join(sorted(columns))} can be searched"
        )
    return compare(column, convert(comparison), dialect, bound_to)
