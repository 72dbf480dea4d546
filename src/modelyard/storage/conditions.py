"""Comparisons of the query AST as SQL."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Double, Table, exists, literal, not_, select
from sqlalchemy.sql.operators import OperatorType, eq, ge, gt, le, lt, ne

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Comparison, Operator
from modelyard.storage import key_values

_COMPARE: Mapping[Operator, OperatorType] = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.GT: gt,
    Operator.GE: ge,
    Operator.LT: lt,
    Operator.LE: le,
}
Dialect = str


def compare(column: ColumnElement[Any], comparison: Comparison, dialect: Dialect) -> ColumnElement[bool]:
    """`column` against the comparison's value; LIKE is case-sensitive on both databases, ILIKE is not."""
    operator, value = comparison.operator, comparison.value
    if operator in _COMPARE:
        # A float must not become the column's integer: 1.5 is not 2.
        return column.operate(_COMPARE[operator], literal(value, Double()) if isinstance(value, float) else value)
    if operator is Operator.IN or operator is Operator.NOT_IN:
        members = value if isinstance(value, tuple) else ()
        return column.in_(members) if operator is Operator.IN else column.not_in(members)
    if operator is Operator.IS_NULL or operator is Operator.IS_NOT_NULL:
        return column.is_(None) if operator is Operator.IS_NULL else column.is_not(None)
    return _like(column, str(value), dialect, sensitive=operator is Operator.LIKE)


def _like(column: ColumnElement[Any], pattern: str, dialect: Dialect, *, sensitive: bool) -> ColumnElement[bool]:
    """`%` and `_` are wildcards and nothing escapes them; without case, only A-Z are equal to a-z."""
    if dialect != "sqlite":
        return column.like(pattern, escape="") if sensitive else column.ilike(pattern, escape="")
    if not sensitive:
        return column.like(pattern)
    # SQLite's LIKE ignores case; GLOB does not, and has other wildcards.
    glob = "".join({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}.get(sign, sign) for sign in pattern)
    return column.op("GLOB")(glob)


def has_key(table: Table, owner: ColumnElement[int], comparison: Comparison, dialect: Dialect) -> ColumnElement[bool]:
    """Whether `owner` has the key with such a value in a table of keys and values."""
    mine = select(1).where(key_values.owner_of(table) == owner, table.c.key == comparison.key)
    if comparison.operator is Operator.IS_NULL:
        return not_(exists(mine))
    if comparison.operator is Operator.IS_NOT_NULL:
        return exists(mine)
    return exists(mine.where(compare(table.c.value, comparison, dialect)))


def attribute(
    columns: Mapping[str, ColumnElement[Any]],
    comparison: Comparison,
    dialect: Dialect,
    convert: Callable[[Comparison], Comparison] = lambda comparison: comparison,
) -> ColumnElement[bool]:
    """Raises InvalidInput for an attribute that cannot be searched."""
    column = columns.get(comparison.key)
    if column is None:
        raise InvalidInput(
            f"Invalid attribute key {comparison.key!r}; one of {', '.join(sorted(columns))} can be searched"
        )
    return compare(column, convert(comparison), dialect)
