"""Import and export: work on the data of a server that is not running, done by a process that owns it meanwhile."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import modelyard
from modelyard.apps import datadir, safekeeping
from modelyard.apps.settings import Settings
from modelyard.domain.errors import StartupError
from modelyard.domain.imports import Counted, ForeignStore, ImportOptions, ImportReport, Watcher
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.services.experiments import Experiments
from modelyard.services.exports import Exports
from modelyard.services.imports import Imports
from modelyard.storage.blobs import Blobs, open_blobs
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database

T = TypeVar("T")


def bring(
    settings: Settings, open_store: Callable[[], ForeignStore], options: ImportOptions, watcher: Watcher
) -> ImportReport:
    """Raises StartupError when the data are in use, and as the store and the import do."""
    store = open_store()
    try:

        async def work(database: Database, blobs: Blobs) -> ImportReport:
            await Experiments(database).ensure_default()
            return await Imports(database, blobs).bring(LOCAL_OWNER, store, options, watcher)

        return _with_data(settings, work, keep=not options.dry_run)
    finally:
        store.close()


def export(settings: Settings, target: Path, watcher: Watcher) -> Counted:
    """Raises StartupError when the data are in use or there are none, and as the export does."""
    if not settings.data_dir.is_dir() and not settings.database:
        raise StartupError(f"There is no data directory {settings.data_dir}; name one with --data-dir")

    place = target.absolute()

    async def work(database: Database, blobs: Blobs) -> Counted:
        return await Exports(database, blobs).write(LOCAL_OWNER, place, modelyard.__version__, watcher)

    return _with_data(settings, work, keep=True)


def _with_data(settings: Settings, work: Callable[[Database, Blobs], Awaitable[T]], *, keep: bool) -> T:
    """`keep` says whether a data directory that was made for this stays."""
    with _owned(settings, keep=keep) as owned:
        database = open_database(settings.database or owned.database_url, safekeeping.keeper(settings))
        try:
            blobs = open_blobs(settings.artifacts or str(owned.artifacts))

            async def run() -> T:
                return await work(database, blobs)

            return asyncio.run(run())
        finally:
            database.close()


@contextmanager
def _owned(settings: Settings, *, keep: bool) -> Iterator[datadir.DataDirectory]:
    os.umask(0o077)
    owned = datadir.take(settings.data_dir)
    done = False
    try:
        yield owned
        done = True
    finally:
        if not (done and keep):
            owned.abandon()
        owned.release()
