"""Statements that are built once for each shape of a question and then run by the driver itself.

To build a small statement takes SQLAlchemy ten times as long as SQLite takes to answer it, to run it three times.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Dialect, exc

from modelyard.storage.database import Transaction


class Prepared:
    """A statement as text. What it is bound to must be what the driver takes: no enums, no lists but `listed` ones."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._values = dict(compiled.params)
        self._places: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self._options = {} if dialect.name == "sqlite" else {"binary": True}

    def rows(self, transaction: Transaction, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """All rows of the answer, as plain tuples."""
        given: Any = {**self._values, **values}
        if self._places is not None:
            given = [given[name] for name in self._places]
        for listener in transaction.dispatch.before_cursor_execute:  # whoever counts statements counts these too
            listener(transaction, None, self._text, given, None, False)
        driver: Any = transaction.connection.driver_connection
        try:
            found: list[tuple[Any, ...]] = driver.execute(self._text, given, **self._options).fetchall()
        except Exception as error:
            raise _wrapped(error, transaction, self._text) from error
        return found


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
