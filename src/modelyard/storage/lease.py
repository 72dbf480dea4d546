import contextlib
import threading

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text

from modelyard.storage import faults
from modelyard.storage.opening import parsed

_NAME = "modelyard controllers"


class Lease:
    """Held by one of the servers that share a PostgreSQL database, until it releases it or its connection is gone.

    A SQLite database has one server only, which holds it always. Everything here blocks.
    """

    def __init__(self, url: str) -> None:
        chosen: URL = parsed(url)
        self._engine: Engine | None = None
        if chosen.get_backend_name() != "sqlite":
            self._engine = create_engine(chosen, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    @property
    def shared(self) -> bool:
        """Whether there may be others who hold it."""
        return self._engine is not None

    def hold(self) -> bool:
        """Takes or keeps it; False when somebody else has it. Raises Unavailable when nobody can be asked."""
        if self._engine is None:
            return True
        with self._lock, faults.translated():
            if self._connection is not None and self._alive(self._connection):
                return True
            self._connection = None
            connection = self._engine.connect()
            taken = connection.execute(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": _NAME}).scalar()
            if taken:
                self._connection = connection
            else:
                connection.close()
            return bool(taken)

    def release(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if self._engine is not None:
                self._engine.dispose()

    def _alive(self, connection: Connection) -> bool:
        try:
            connection.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - whatever it was, the connection, and with it the lock, is gone
            with contextlib.suppress(Exception):
                connection.close()
            return False
        return True
