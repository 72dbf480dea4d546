import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, BindParameter, ColumnElement, Text, bindparam, cast, func, select


def among(column: ColumnElement[Any], values: Sequence[int] | Sequence[str], dialect: str) -> ColumnElement[bool]:
    """`column IN values` with one bound value, so that neither the statement nor a limit grows with the list."""
    return among_parameter(column, bindparam(None, listed(values, dialect)), dialect)


def among_bound(column: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """As `among`, for a statement that is built once: what `listed` answers is to be bound to `name`."""
    return among_parameter(column, bindparam(name), dialect)


def listed(values: Sequence[int] | Sequence[str], dialect: str) -> object:
    return json.dumps(list(values)) if dialect == "sqlite" else list(values)


def among_parameter(column: ColumnElement[Any], members: BindParameter[Any], dialect: str) -> ColumnElement[bool]:
    """As `among`, for a parameter that is bound to what `listed` answers."""
    if dialect == "sqlite":
        found = func.json_each(members).table_valued("value")
        return column.in_(select(found.c.value))
    kind = ARRAY(Text() if column.type.python_type is str else BigInteger())
    return column == func.any(cast(members, kind))
