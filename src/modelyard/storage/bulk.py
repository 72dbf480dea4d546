"""Statements whose values go to the driver as they are.

SQLAlchemy prepares each execution anew, which costs several times what SQLite takes to run it. These few statements are
on the path that training loops wait for, so they are written out, in the SQL that both databases share. Values belong
where a `?` is.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from modelyard.storage.database import Transaction
from modelyard.storage.writing import driver_of, log

Values = Sequence[Any]
_ROWS_AT_ONCE = 500


class Statement:
    """One statement; `{among}` in it says that what stands before is in a list, of the PostgreSQL type `of`.

    `postgresql` is its text there, if it must be another. `for_update` keeps other servers on the same database from
    changing the rows until we commit.
    """

    def __init__(self, text: str, *, of: str, postgresql: str | None = None, for_update: bool = False) -> None:
        self._sqlite = text
        shared = f"{text} FOR UPDATE" if for_update else text
        self._postgresql = (postgresql or shared).replace("?", "%s").replace("{among}", f"= ANY(%s::{of}[])")

    def among(self, transaction: Transaction, members: Values, *values: object) -> list[tuple[Any, ...]]:
        """Its rows; the list comes before the other values, in the text as well."""
        text = _with_members(self._sqlite, len(members))
        log.debug(text)
        if _is_sqlite(transaction):
            return _run(transaction, text, (*members, *values))
        return _run(transaction, self._postgresql, (list(members), *values))


class Bulk:
    """One statement with many rows; `{rows}` in it is a query that answers them, its columns of the PostgreSQL `types`.

    On PostgreSQL each column travels as an array, so that the text stays the same however many rows there are.
    `postgresql` is its text there, if it must be another.
    """

    def __init__(self, text: str, types: str, *, postgresql: str | None = None) -> None:
        kinds = types.split()
        self._text = text
        self._row = f"({', '.join('?' * len(kinds))})"
        self._one = text.format(rows=f"VALUES {self._row}")
        columns = ", ".join(f"%b::{kind}[]" for kind in kinds)
        self._postgresql = (postgresql or text).format(rows=f"SELECT * FROM unnest({columns})")  # noqa: S608 - types of ours

    def run(self, transaction: Transaction, rows: Sequence[Values]) -> None:
        if not rows:
            return
        log.debug(self._one)
        driver = driver_of(transaction)
        if not _is_sqlite(transaction):
            driver.execute(self._postgresql, _columns(rows))
        elif len(rows) == 1:
            driver.execute(self._one, rows[0])
        else:
            driver.executemany(self._one, rows)

    def returning(self, transaction: Transaction, rows: Sequence[Values]) -> list[tuple[Any, ...]]:
        """What the statement's RETURNING says of the rows, in no order."""
        if not rows:
            return []
        log.debug(self._one)
        if not _is_sqlite(transaction):
            return _run(transaction, self._postgresql, _columns(rows))
        found: list[tuple[Any, ...]] = []
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            part = rows[first : first + _ROWS_AT_ONCE]
            found += _run(transaction, self._of(len(part)), [value for row in part for value in row])
        return found

    @cache  # noqa: B019 - there are a handful, made when their modules are loaded
    def _of(self, rows: int) -> str:
        return self._text.format(rows=f"VALUES {', '.join([self._row] * rows)}")


def _is_sqlite(transaction: Transaction) -> bool:
    return transaction.dialect.name == "sqlite"


def _columns(rows: Sequence[Values]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@cache
def _with_members(text: str, count: int) -> str:
    return text.format(among=f"IN ({', '.join('?' * count)})")


def _run(transaction: Transaction, text: str, values: Values) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = driver_of(transaction).execute(text, values).fetchall()
    return rows
