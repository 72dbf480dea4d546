"""The one connection that writes, held open from one group of changes to the next."""

import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine

log = logging.getLogger("modelyard.sql")
"""Shows, at level DEBUG, the statements that are run past SQLAlchemy; `sqlalchemy.engine` shows the others."""

_TRUSTED = 1.0
"""Seconds for which a connection to PostgreSQL is taken to be alive without asking."""


class WritingConnection:
    """Transactions begin and end by the driver, whichever way the statements between them are run.

    SQLAlchemy takes longer to begin and commit than SQLite to store a point.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._held: Connection | None = None
        self._used = 0.0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits when the block ends, or undoes all when it raises."""
        connection = self.connection
        driver = driver_of(connection)
        try:
            if self._is_sqlite:
                driver.execute("BEGIN IMMEDIATE")  # psycopg begins by itself
            yield connection
            driver.commit()
            log.debug("COMMIT")
            if connection.in_transaction():
                connection.commit()  # for SQLAlchemy to know
        except BaseException:
            self._undo(connection, driver)
            raise
        self._used = time.monotonic()

    def close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    @property
    def connection(self) -> Connection:
        if self._held is not None and not self._is_sqlite and time.monotonic() - self._used > _TRUSTED:
            self.close()  # the pool looks whether it is alive before it gives it out again
        if self._held is None:
            self._held = self._engine.connect()
        return self._held

    def _undo(self, connection: Connection, driver: Any) -> None:
        try:
            connection.rollback()
            driver.rollback()
        except Exception:  # noqa: BLE001 - what cannot be undone is given up with the connection
            connection.invalidate()
        if connection.invalidated:
            self.close()


def driver_of(connection: Connection) -> Any:
    """The driver's own connection: sqlite3's or psycopg's."""
    return connection.connection.driver_connection
