"""What is asked of a database, through SQLAlchemy or past it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from modelyard.storage.database import Database
from modelyard.storage.writing import log

_OVERHEAD = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "COMMIT")


class _Listener(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record.getMessage())


@contextmanager
def heard() -> Iterator[list[str]]:
    """What is run past SQLAlchemy in the meantime, and each commit of the writer."""
    found: list[str] = []
    listener, level = _Listener(found), log.level
    log.addHandler(listener)
    log.setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        log.removeHandler(listener)
        log.setLevel(level)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements run in the meantime, without those that only hold a transaction together."""
    seen: list[str] = []

    def note(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        if connection.engine.pool in pools and not statement.lstrip().startswith(_OVERHEAD):
            seen.append(statement)

    pools = (database._reader.pool, database._writer.pool)
    event.listen(Engine, "before_cursor_execute", note)  # one engine may be a view of the other
    try:
        with heard() as past:
            yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        seen += [statement for statement in past if not statement.lstrip().startswith(_OVERHEAD)]
