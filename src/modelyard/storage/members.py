import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(column: ColumnElement[Any], values: Sequence[int] | Sequence[str], dialect: str) -> ColumnElement[bool]:
    """`column IN values` with one bound value, so that neither the statement nor a limit grows with the list."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam(None, json.dumps(list(values)))).table_valued("value")
        return column.in_(select(listed.c.value))
    kind = Text() if column.type.python_type is str else BigInteger()
    return column == func.any(cast(bindparam(None, list(values), type_=ARRAY(kind)), ARRAY(kind)))
