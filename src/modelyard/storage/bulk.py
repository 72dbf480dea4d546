"""Many rows by one statement whose values go to the driver as they are.

SQLAlchemy prepares the values of each row anew, which costs more than SQLite takes to store them. These few statements
are on the path that training loops wait for, so they are written out, in the SQL that both databases share.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row

from modelyard.storage.database import Transaction

_PLACE = {"sqlite": "?", "postgresql": "%s"}
_ROWS_AT_ONCE = 500


class Bulk:
    """An insert with `{rows}` where its values go; each row is a tuple of `columns` values."""

    def __init__(self, text: str, columns: int) -> None:
        self._text = text
        self._columns = columns

    def run(self, transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            transaction.exec_driver_sql(self._of(transaction.dialect.name, 1), list(rows))

    def returning(self, transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> list[Row[Any]]:
        """What the statement's RETURNING says of the rows, in no order."""
        found: list[Row[Any]] = []
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            part = rows[first : first + _ROWS_AT_ONCE]
            values = tuple(value for row in part for value in row)
            found += transaction.exec_driver_sql(self._of(transaction.dialect.name, len(part)), values).all()
        return found

    @cache  # noqa: B019 - there are a handful, made when their modules are loaded
    def _of(self, dialect: str, rows: int) -> str:
        places = f"({', '.join([_PLACE[dialect]] * self._columns)})"
        return self._text.format(rows=", ".join([places] * rows))
