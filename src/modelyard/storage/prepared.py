"""Statements that are built once for each shape of a question and then run by the driver itself.

To build a small statement takes SQLAlchemy ten times as long as SQLite takes to answer it, to run it three times.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Dialect, exc
from sqlalchemy.exc import OperationalError

from modelyard.storage.database import Transaction
from modelyard.storage.writing import driver_of, log


class TooLong(Exception):
    """A statement was given up."""


class Prepared:
    """A statement as text. What it is bound to must be what the driver takes: no enums, no lists but `listed` ones."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._values = dict(compiled.params)
        self._places: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self._options = {} if dialect.name == "sqlite" else {"binary": True}

    def rows(
        self, transaction: Transaction, values: Mapping[str, object], most_steps: int | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of the answer, as plain tuples. Raises TooLong after `most_steps` of SQLite's machine."""
        given: Any = {**self._values, **values}
        if self._places is not None:
            given = [given[name] for name in self._places]
        log.debug(self._text)
        driver = driver_of(transaction)
        with _stopped(driver, most_steps):
            try:
                found: list[tuple[Any, ...]] = driver.execute(self._text, given, **self._options).fetchall()
            except Exception as error:
                raise _wrapped(error, transaction, self._text) from error
        return found


@contextmanager
def _stopped(driver: Any, most_steps: int | None) -> Iterator[None]:
    if most_steps is None or not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.set_progress_handler(lambda: 1, most_steps)
    try:
        yield
    except OperationalError as error:
        if "interrupted" not in str(error.orig):
            raise
        raise TooLong from error
    finally:
        driver.set_progress_handler(None, 0)


def _wrapped(error: Exception, transaction: Transaction, text: str) -> Exception:
    """As SQLAlchemy would have raised it; a connection that is gone is given up, as it would have done."""
    dialect = transaction.dialect
    kinds: Any = dialect.loaded_dbapi.Error
    if not isinstance(error, kinds):
        return error
    lost = dialect.is_disconnect(error, transaction.connection.dbapi_connection, None)
    if lost:
        transaction.invalidate(error)
    wrapped: Exception = exc.DBAPIError.instance(text, None, error, kinds, connection_invalidated=lost, dialect=dialect)
    return wrapped
