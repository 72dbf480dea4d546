"""Bringing a database to this version's schema."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from modelyard.domain.errors import StartupError

REVISION = "0002"
"""The newest migration; kept here so that a start with nothing to do need not load Alembic."""

_OLDER = frozenset({"0001"})
_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "modelyard_schema"


def bring_up_to_date(reader: Engine, writer: Engine) -> None:
    """Migrates in one transaction. Raises StartupError, with nothing touched, where that is not possible.

    The reader looks first: only the writer would change a file that turns out not to be ours.
    """
    try:
        current = _current(reader)
    except DBAPIError as error:
        raise StartupError(f"The database {reader.url!r} cannot be opened: {error.orig}") from error
    if current == REVISION:
        return
    if current is not None and current not in _OLDER:
        raise StartupError(
            f"The database was written by a newer Modelyard (schema {current}, this one knows {REVISION}); "
            "install that version or point --database elsewhere"
        )
    try:
        _upgrade(writer)
    except DBAPIError as error:
        raise StartupError(f"The database {writer.url!r} cannot be brought up to date: {error.orig}") from error


def _current(engine: Engine) -> str | None:
    """Raises StartupError for a database that is somebody else's."""
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if tables and _VERSION_TABLE not in tables:
            raise StartupError(
                f"The database {engine.url!r} holds other tables ({', '.join(sorted(tables)[:3])}); "
                "give Modelyard one of its own with --database"
            )
        if not tables:
            return None
        return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _upgrade(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most starts do not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # two servers may start at once; on SQLite BEGIN IMMEDIATE waits
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": _VERSION_TABLE})
        config.attributes["connection"] = connection
        config.attributes["version_table"] = _VERSION_TABLE
        command.upgrade(config, REVISION)
