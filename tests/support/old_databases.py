"""Databases of older schemas with rows in every table, and all that is in a database, to be compared."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, types

from modelyard.apps import safekeeping, settings
from modelyard.storage import opening, schema
from modelyard.storage.opening import open_database

ROWS = (1, 2)
_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


def fill(url: str, revision: str) -> None:
    """Makes it a database of that schema; without a revision it stays empty."""
    if not revision:
        return
    engine = make(url, revision)
    found = MetaData()
    with engine.begin() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            if table.name not in (schema.VERSION_TABLE, "workspaces"):
                connection.execute(table.insert(), [_row(table, number) for number in ROWS])
    engine.dispose()


def make(url: str, revision: str) -> Engine:
    """As `fill`, with no rows but those that migrations make."""
    engine = create_engine(opening.parsed(url))
    if engine.dialect.name == "sqlite":
        opening.configure(engine, opening._WRITER_PRAGMAS, "BEGIN IMMEDIATE")
    schema.upgrade(engine, revision)
    return engine


def open_kept(url: str, data: Path) -> None:
    """As a server with that data directory does."""
    chosen = settings.load({"data_dir": str(data), "database": url}, {})
    open_database(url, safekeeping.keeper(chosen)).close()


def contents(url: str) -> Sequence[object]:
    """Its schema, and every row of every table."""
    if url.startswith("sqlite"):
        return of_file(Path(url.removeprefix("sqlite:///")))
    found: list[object] = []
    with psycopg.connect(url) as connection:
        columns = connection.execute(_COLUMNS).fetchall()
        found += [columns, connection.execute(_INDEXES).fetchall(), connection.execute(_CONSTRAINTS).fetchall()]
        for table in sorted({column[0] for column in columns}):
            rows = connection.execute(f'SELECT row_to_json(it)::text FROM "{table}" it ORDER BY 1'.encode())  # noqa: S608
            found.append((table, rows.fetchall()))
    return found


def of_file(path: Path) -> Sequence[object]:
    """As `contents`."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(_dumped(connection))


def _dumped(connection: sqlite3.Connection) -> Iterator[str]:
    yield from sorted(connection.iterdump())
    yield from (str(problem) for problem in connection.execute("PRAGMA foreign_key_check"))


def _row(table: Table, number: int) -> dict[str, Any]:
    """Keys of all tables are numbers from one, so that every reference finds what it refers to."""
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> object:
    if column.name == "workspace_id":
        return 1
    match column.type:
        case types.Integer():
            return number
        case types.Float():
            return number / 7
        case types.LargeBinary():
            return bytes([number])
        case _:
            return f"{column.name} {number}"
