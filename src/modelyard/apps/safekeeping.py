"""What is kept of a database before it is brought to a newer schema."""

from functools import partial
from pathlib import Path

from modelyard.apps.settings import Settings
from modelyard.storage import snapshots
from modelyard.storage.schema import Keep


def keeper(settings: Settings) -> Keep:
    """A SQLite file is copied beside itself, a PostgreSQL database into the data directory."""
    if settings.migrate_without_backup:
        return snapshots.keep_nothing
    return partial(_keep_postgres, settings) if settings.database.startswith("postgres") else snapshots.keep_beside


def _keep_postgres(settings: Settings, _url: str) -> str:
    from modelyard.apps import backups  # noqa: PLC0415 - which most starts do not need

    original = Path.cwd() / settings.data_dir / "postgresql"
    kept = snapshots.place_before_migration(original)
    backups.make_of_database(settings, kept)
    snapshots.remove_older(original)
    return (
        f"as it was, it is kept in {kept}; to go back, stop the server, `modelyard restore {kept} --data-dir NEW "
        "--database EMPTY`, and start the older version on these"
    )
