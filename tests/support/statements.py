"""What is asked of a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from modelyard.storage.database import Database

_OVERHEAD = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


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
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
