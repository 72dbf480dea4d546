"""Bringing a database to this version's schema."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from modelyard.domain.errors import ModelyardError, StartupError
from modelyard.storage.tables import base, every, system

log = logging.getLogger("modelyard.storage")
Keep = Callable[[str], str]
"""Keeps a copy of the database at a URL, and says where it is and how to go back to it."""

REVISION = "0007"
"""The newest migration; kept here so that a start with nothing to migrate need not load Alembic."""

_OLDER = frozenset({"0001", "0002", "0003", "0004", "0005", "0006"})
_SCRIPTS = Path(__file__).parent / "migrations"
_OF_DRIVERS = (DBAPIError, sqlite3.Error)
"""What SQLAlchemy runs for us it wraps; a BEGIN and a PRAGMA are our own."""

VERSION_TABLE = "modelyard_schema"
_MARKS = f"""
CREATE TABLE {VERSION_TABLE} (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num)
)
"""
"""As Alembic makes it."""


def bring_up_to_date(reader: Engine, writer: Engine, keep: Keep) -> None:
    """Migrates in one transaction. Raises StartupError, with nothing touched, where that is not possible.

    One that has something in it is kept as it is first. The reader looks first: only the writer would change a file
    that turns out not to be ours.
    """
    try:
        found = current(reader)
    except _OF_DRIVERS as error:
        raise StartupError(f"The database {shown(reader.url)} cannot be opened: {_first_line(error)}") from error
    if found == REVISION:
        return
    if found is not None and not is_known(found):
        raise StartupError(
            f"The database was written by a newer Modelyard (schema {found}, this one knows {REVISION}); "
            "install that version or point --database elsewhere"
        )
    try:
        if found is None:
            create(writer)
        else:
            _keep_copy(reader, writer, found, keep)
            upgrade(writer)
    except _OF_DRIVERS as error:
        raise StartupError(
            f"The database {shown(writer.url)} cannot be brought up to date: {_first_line(error)}"
        ) from error


def shown(url: URL) -> str:
    """As its user wrote it, without the password and without our choice of a driver."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def _first_line(error: Exception) -> str:
    said = error.orig if isinstance(error, DBAPIError) else error
    return str(said).strip().partition("\n")[0]


def current(engine: Engine) -> str | None:
    """Raises StartupError for a database that is somebody else's."""
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if tables and VERSION_TABLE not in tables:
            raise StartupError(
                f"The database {shown(engine.url)} holds other tables ({', '.join(sorted(tables)[:3])}); "
                "give Modelyard one of its own with --database"
            )
        if not tables:
            return None
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def is_known(revision: str) -> bool:
    return revision == REVISION or revision in _OLDER


def revision_of(connection: Connection) -> str:
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())  # noqa: S608 - a constant


def _keep_copy(reader: Engine, writer: Engine, found: str, keep: Keep) -> None:
    """Of servers that start at once, one copies at a time, and none what another has begun to migrate."""
    with writer.connect() as connection:
        _alone(connection)
        if current(reader) != found:
            return
        try:
            said = keep(writer.url.render_as_string(hide_password=False))
        except ModelyardError as error:
            raise StartupError(
                f"The database {shown(writer.url)} cannot be copied before it is brought up to date, so it was left "
                f"as it is: {error.message}; to go on without a copy, start once with --migrate-without-backup"
            ) from error
    log.warning("Bringing the database from schema %s to %s; %s", found, REVISION, said)


def create(engine: Engine) -> None:
    """Makes all tables of a new database, in one transaction, if nobody else has meanwhile.

    As the migrations would, which a test holds; but Alembic takes a second and ten megabytes to say it.
    """
    assert every.AREAS, "all tables are known"  # noqa: S101 - they are by being imported
    with engine.begin() as connection:
        _alone(connection)
        if not inspect(connection).has_table(VERSION_TABLE):
            base.metadata.create_all(connection)
            connection.execute(insert(system.workspaces), {"workspace_id": 1, "name": "default"})
            connection.execute(text(_MARKS))
            connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:revision)"), {"revision": REVISION})  # noqa: S608


def upgrade(engine: Engine, revision: str = REVISION) -> None:
    """Runs the migrations up to `revision` in one transaction."""
    with engine.begin() as connection:
        _alone(connection)
        migrate(connection, revision)


def migrate(connection: Connection, revision: str) -> None:
    """As `upgrade`, in the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most starts do not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, revision)


def _alone(connection: Connection) -> None:
    """Two servers may start at once; on SQLite BEGIN IMMEDIATE waits."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": VERSION_TABLE})
