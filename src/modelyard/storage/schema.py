"""Bringing a database to this version's schema."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from modelyard.domain.errors import StartupError

REVISION = "0001"
"""The newest migration; kept here so that a start with nothing to do need not load Alembic."""

_OLDER: frozenset[str] = frozenset()
_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "modelyard_schema"


def bring_up_to_date(engine: Engine) -> None:
    """Migrates in one transaction. Raises StartupError, with nothing touched, where that is not possible."""
    try:
        current = _current(engine)
    except (OperationalError, DatabaseError) as error:
        raise StartupError(f"The database {engine.url!s} cannot be opened: {error.orig}") from error
    if current == REVISION:
        return
    if current is not None and current not in _OLDER:
        raise StartupError(
            f"The database was written by a newer Modelyard (schema {current}, this one knows {REVISION}); "
            "install that version or point --database elsewhere"
        )
    _upgrade(engine)


def _current(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION_TABLE):
            return None
        return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _upgrade(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most starts do not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["version_table"] = _VERSION_TABLE
        command.upgrade(config, REVISION)
