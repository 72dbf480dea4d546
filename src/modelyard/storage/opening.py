"""Engines for the two databases, configured for durability."""

import math
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from modelyard.domain.errors import StartupError
from modelyard.storage import schema
from modelyard.storage.checkpoints import Checkpoints
from modelyard.storage.database import READERS, Database
from modelyard.storage.snapshots import keep_beside
from modelyard.storage.tables import base
from modelyard.storage.writing import driver_of

_WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=0",  # Checkpoints does it
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
)
_READER_PRAGMAS = ("query_only=ON", "temp_store=MEMORY", "cache_size=-32768")
_CACHED_STATEMENTS = 512
"""Some statements differ by the number of their rows, so there are more of them than the driver thinks there may be."""


def open_database(url: str, keep: schema.Keep = keep_beside) -> Database:
    """`sqlite:///path` or `postgresql://…`; migrates to this version's schema first, and before that keeps a copy.

    Raises StartupError with one sentence when the database cannot be used; a newer schema is left untouched.
    """
    chosen = parsed(url)
    if chosen.get_backend_name() == "sqlite":
        reader, writer = _sqlite(chosen)
    else:
        writer = create_engine(chosen, pool_size=READERS + 1, pool_pre_ping=True)
        # A page is several statements; they must all see the same moment.
        reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        schema.bring_up_to_date(reader, writer, keep)
    except StartupError:
        reader.dispose()
        writer.dispose()
        raise
    checkpoints = None
    if chosen.database and chosen.get_backend_name() == "sqlite":
        checkpoints = Checkpoints(Path(chosen.database), reader, writer)
        checkpoints.start()
    return Database(reader, writer, checkpoints)


def parsed(url: str) -> URL:
    """Raises StartupError for what is no URL of a database that is supported."""
    try:
        chosen = make_url(url)
        backend = chosen.get_backend_name()
    except ArgumentError:
        raise StartupError(
            f"{url!r} is not a database URL; write sqlite:///path or postgresql://user@host/name"
        ) from None
    if backend in {"postgresql", "postgres"}:
        return _with_psycopg(chosen)
    if backend != "sqlite":
        raise StartupError(
            f"{backend} databases are not supported; write sqlite:///path or postgresql://user@host/name"
        )
    return chosen


def _with_psycopg(url: URL) -> URL:
    chosen = url.set(drivername="postgresql+psycopg")
    try:
        chosen.get_dialect().import_dbapi()
    except (ImportError, NoSuchModuleError):
        raise StartupError("PostgreSQL needs its driver: pip install 'modelyard[postgres]'") from None
    base.complete_for_postgresql()
    return chosen


def _sqlite(url: URL) -> tuple[Engine, Engine]:
    if not url.database or url.database == ":memory:":
        raise StartupError("A SQLite database needs a file: write sqlite:///path")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    options = {"timeout": 20, "check_same_thread": False, "cached_statements": _CACHED_STATEMENTS}
    writer = create_engine(url, pool_size=1, max_overflow=0, connect_args=options)
    reader = create_engine(url, pool_size=READERS, connect_args={"timeout": 20, "check_same_thread": False})
    configure(writer, _WRITER_PRAGMAS, "BEGIN IMMEDIATE")
    configure(reader, _READER_PRAGMAS, "BEGIN")
    return reader, writer


def configure(engine: Engine, pragmas: tuple[str, ...], begin: str) -> None:
    """Takes transactions out of the driver's hands: it would commit before DDL and begin late."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
        if isinstance(connection, sqlite3.Connection) or hasattr(connection, "isolation_level"):
            connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.create_function("isqrt", 1, math.isqrt, deterministic=True)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        driver = driver_of(connection)
        if not driver.in_transaction:  # nor may SQLAlchemy begin what the writer has begun
            driver.execute(begin)
