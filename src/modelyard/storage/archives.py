"""A PostgreSQL database as one file: the rows of every table at one moment, whichever of our schemas it has."""

import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Connection, MetaData, text

from modelyard.domain.errors import InvalidInput
from modelyard.storage import schema
from modelyard.storage.uploads import disk_faults
from modelyard.storage.writing import driver_of

INDEX = "index.json"
PIECE = 1 << 20
_QUICKLY = 1
_COUNTERS = """
SELECT columns.table_name, columns.column_name, sequences.last_value
FROM information_schema.columns JOIN pg_sequences AS sequences
  ON format('%I.%I', sequences.schemaname, sequences.sequencename)
   = pg_get_serial_sequence(format('%I.%I', columns.table_schema, columns.table_name), columns.column_name)
WHERE columns.table_schema = current_schema() AND sequences.last_value IS NOT NULL
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table and the columns of its rows, in PostgreSQL's binary format in a member of the table's name."""

    table: str
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Counter:
    """The number that a column gave out last."""

    table: str
    column: str
    last: int


@dataclass(frozen=True, slots=True)
class Index:
    """Tables come after those that they refer to."""

    schema: str
    tables: Sequence[Rows]
    counters: Sequence[Counter]


def save(connection: Connection, target: Path) -> None:
    """What the connection's transaction, which must be REPEATABLE READ, sees. Raises StorageFull or Unavailable."""
    tables = _tables(connection)
    names = ", ".join(_quoted(connection, one.table) for one in tables)
    connection.execute(text(f"LOCK TABLE {names} IN ACCESS SHARE MODE"))  # nobody may change their columns meanwhile
    with disk_faults(target.parent), target.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICKLY) as archive:
            for one in tables:
                _copy_out(connection, one, archive)
            counters = [Counter(*row) for row in connection.execute(text(_COUNTERS))]  # last: they only grow
            index = Index(schema.revision_of(connection), tables, counters)
            archive.writestr(INDEX, msgspec.json.format(msgspec.json.encode(index), indent=2))
        file.flush()
        os.fsync(file.fileno())


def load(connection: Connection, source: Path) -> None:
    """Makes the tables of an empty database as they were, schema and all. Raises InvalidInput where that cannot be."""
    if not zipfile.is_zipfile(source):
        raise InvalidInput(
            f"{source} was made by pg_dump, as version 0.1 did; give it to `pg_restore --no-owner --dbname=URL`, and "
            "copy the artifacts beside it to the data directory"
        )
    with zipfile.ZipFile(source) as archive:
        index = msgspec.json.decode(archive.read(INDEX), type=Index)
        if not schema.is_known(index.schema):
            raise InvalidInput(
                f"The backup was made by a newer Modelyard (schema {index.schema}, this one knows {schema.REVISION}); "
                "restore it with that version"
            )
        schema.migrate(connection, index.schema)
        names = ", ".join(_quoted(connection, one.table) for one in index.tables)
        connection.execute(text(f"TRUNCATE {names}"))
        for one in index.tables:
            _copy_in(connection, one, archive)
    for counter in index.counters:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
            {"table": _quoted(connection, counter.table), "column": counter.column, "last": counter.last},
        )


def _tables(connection: Connection) -> Sequence[Rows]:
    """As they are, not as this version would have them."""
    found = MetaData()
    found.reflect(connection)
    return [
        Rows(str(table.name), [str(column.name) for column in table.columns])
        for table in found.sorted_tables
        if table.name != schema.VERSION_TABLE
    ]


def _copy_out(connection: Connection, rows: Rows, archive: zipfile.ZipFile) -> None:
    statement = f"COPY {_columns(connection, rows)} TO STDOUT (FORMAT binary)"
    with (
        driver_of(connection).cursor() as cursor,
        cursor.copy(statement) as copied,
        archive.open(rows.table, "w", force_zip64=True) as member,
    ):
        for piece in copied:
            member.write(piece)


def _copy_in(connection: Connection, rows: Rows, archive: zipfile.ZipFile) -> None:
    statement = f"COPY {_columns(connection, rows)} FROM STDIN (FORMAT binary)"
    with (
        driver_of(connection).cursor() as cursor,
        cursor.copy(statement) as copied,
        archive.open(rows.table) as member,
    ):
        while piece := member.read(PIECE):
            copied.write(piece)


def _columns(connection: Connection, rows: Rows) -> str:
    names = ", ".join(_quoted(connection, column) for column in rows.columns)
    return f"{_quoted(connection, rows.table)} ({names})"


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
