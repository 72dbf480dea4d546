"""Whole copies of SQLite databases, taken while others read and write them."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url

from modelyard.domain.errors import Corrupt, NotSupported, StorageFull, Unavailable
from modelyard.storage import schema
from modelyard.storage.uploads import disk_faults, sync_directory

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""

PAGES_AT_ONCE = 4096
KEPT_BEFORE_MIGRATIONS = 2


def copy_database(source: Path, target: Path, progress: Progress = lambda _done, _of: None) -> None:
    """Makes `target` the database `source` as it is at one moment: one file, whole or not there at all.

    Replaces what is at `target`. Raises StorageFull, Unavailable, or Corrupt when `source` is no whole database.
    """
    making = target.with_name(f".{target.name}.partial")
    try:
        with disk_faults(target.parent):
            making.unlink(missing_ok=True)
            os.close(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with _faults(source, target), opened(source) as old, contextlib.closing(sqlite3.connect(making)) as new:
            old.execute("BEGIN")
            old.execute("SELECT 1 FROM sqlite_schema").fetchone()  # from here on, this moment is what we see
            old.backup(new, pages=PAGES_AT_ONCE, progress=lambda _, left, of: progress(of - left, of), sleep=0)
            new.execute("PRAGMA journal_mode=DELETE")  # so that it is one file
        with disk_faults(target.parent):
            _sync(making)
            making.rename(target)
            sync_directory(target.parent)
    finally:
        making.unlink(missing_ok=True)
        making.with_name(f"{making.name}-journal").unlink(missing_ok=True)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """As `connect`, closed in the end."""
    with contextlib.closing(connect(path)) as connection:
        yield connection


def connect(path: Path) -> sqlite3.Connection:
    """The database, to read only; one whose log of changes somebody left behind is read with it."""
    beside_it = os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-wal").exists()
    # Where SQLite cannot write its files beside it, nobody else does either.
    mode = "mode=ro" if beside_it else "immutable=1"
    return sqlite3.connect(
        f"file:{quote(str(path))}?{mode}", uri=True, timeout=20, isolation_level=None, check_same_thread=False
    )


def keep_beside(url: str) -> str:
    """Copies a SQLite database that is about to be migrated to `<database>.before-<revision>`.

    Raises StorageFull, Unavailable or Corrupt, and NotSupported for a PostgreSQL, which lies beside nothing.
    """
    if not url.startswith("sqlite"):
        raise NotSupported("There is no directory to copy a PostgreSQL database to")
    database = Path(make_url(url).database or "")
    kept = place_before_migration(database)
    copy_database(database, kept)
    remove_older(database)
    return (
        f"as it was, it is kept in {kept}; to go back, stop the server, put that in the place of {database}, "
        "and start the older version"
    )


def keep_nothing(_url: str) -> str:
    return "no copy is kept of it as it was"


def place_before_migration(original: Path) -> Path:
    return original.with_name(f"{original.name}.before-{schema.REVISION}")


def remove_older(original: Path) -> None:
    """Of the copies, files or directories, two are kept."""
    copies = sorted(original.parent.glob(f"{original.name}.before-*"), key=lambda path: path.name)
    for old in copies[:-KEPT_BEFORE_MIGRATIONS]:
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink(missing_ok=True)


@contextlib.contextmanager
def _faults(source: Path, target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        said = str(error)
        if "full" in said:
            raise StorageFull(f"There is no room left in {target.parent}; free some space and try again") from error
        if isinstance(error, sqlite3.OperationalError):
            raise Unavailable(f"{source} cannot be copied to {target.parent} ({said})") from error
        raise Corrupt(f"{source} is not a whole database ({said})") from error


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
