"""Bringing a database to this version's schema."""

import logging
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from modelyard.domain.errors import StartupError
from modelyard.storage.snapshots import keep_before_migration
from modelyard.storage.tables import base, every, system

log = logging.getLogger("modelyard.storage")
REVISION = "0006"
"""The newest migration; kept here so that a start with nothing to migrate need not load Alembic."""

_OLDER = frozenset({"0001", "0002", "0003", "0004", "0005"})
_SCRIPTS = Path(__file__).parent / "migrations"
_OF_DRIVERS = (DBAPIError, sqlite3.Error)
"""What SQLAlchemy runs for us it wraps; a BEGIN and a PRAGMA are our own."""

_VERSION_TABLE = "modelyard_schema"
_MARKS = f"""
CREATE TABLE {_VERSION_TABLE} (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT {_VERSION_TABLE}_pkc PRIMARY KEY (version_num)
)
"""
"""As Alembic makes it."""


def bring_up_to_date(reader: Engine, writer: Engine) -> None:
    """Migrates in one transaction. Raises StartupError, with nothing touched, where that is not possible.

    A SQLite database that has something in it is copied first, to `<database>.before-<revision>`. The reader looks
    first: only the writer would change a file that turns out not to be ours.
    """
    try:
        found = current(reader)
    except _OF_DRIVERS as error:
        raise StartupError(f"The database {shown(reader.url)} cannot be opened: {_first_line(error)}") from error
    if found == REVISION:
        return
    if found is not None and found not in _OLDER:
        raise StartupError(
            f"The database was written by a newer Modelyard (schema {found}, this one knows {REVISION}); "
            "install that version or point --database elsewhere"
        )
    if found is not None:
        _keep_copy(writer, found)
    try:
        if found is None:
            create(writer)
        else:
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
        if tables and _VERSION_TABLE not in tables:
            raise StartupError(
                f"The database {shown(engine.url)} holds other tables ({', '.join(sorted(tables)[:3])}); "
                "give Modelyard one of its own with --database"
            )
        if not tables:
            return None
        return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _keep_copy(engine: Engine, current: str) -> None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        log.warning("Bringing the database from schema %s to %s; no copy is made of a PostgreSQL", current, REVISION)
        return
    kept = keep_before_migration(Path(engine.url.database), REVISION)
    log.warning("Bringing the database from schema %s to %s; as it was, it is kept in %s", current, REVISION, kept)


def create(engine: Engine) -> None:
    """Makes all tables of a new database, in one transaction, if nobody else has meanwhile.

    As the migrations would, which a test holds; but Alembic takes a second and ten megabytes to say it.
    """
    assert every.AREAS, "all tables are known"  # noqa: S101 - they are by being imported
    with engine.begin() as connection:
        _alone(connection)
        if not inspect(connection).has_table(_VERSION_TABLE):
            base.metadata.create_all(connection)
            connection.execute(insert(system.workspaces), {"workspace_id": 1, "name": "default"})
            connection.execute(text(_MARKS))
            connection.execute(text(f"INSERT INTO {_VERSION_TABLE} VALUES (:revision)"), {"revision": REVISION})  # noqa: S608


def upgrade(engine: Engine, revision: str = REVISION) -> None:
    """Runs the migrations up to `revision` in one transaction."""
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most starts do not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.begin() as connection:
        _alone(connection)
        config.attributes["connection"] = connection
        config.attributes["version_table"] = _VERSION_TABLE
        command.upgrade(config, revision)


def _alone(connection: Connection) -> None:
    """Two servers may start at once; on SQLite BEGIN IMMEDIATE waits."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": _VERSION_TABLE})
