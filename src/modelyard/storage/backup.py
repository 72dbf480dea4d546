"""The parts of a backup: the database at one moment, and the contents that it speaks of."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, select

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import AlreadyExists, Corrupt, Unavailable
from modelyard.storage import archives, faults, page_sums, schema, snapshots
from modelyard.storage.opening import parsed
from modelyard.storage.tables.files import files
from modelyard.storage.uploads import Upload, disk_faults

PIECE = 1 << 20


def copy_sqlite(database: Path, target: Path, progress: snapshots.Progress) -> Sequence[Blob]:
    """Makes `target` a copy of one moment, and answers the contents that it speaks of."""
    if not database.exists():
        raise Unavailable(f"There is no database at {database}; name the data directory with --data-dir")
    snapshots.copy_database(database, target, progress)
    with snapshots.opened(target) as connection:
        rows = connection.execute("SELECT DISTINCT digest, size FROM files ORDER BY digest")
        return [Blob(digest, size) for digest, size in rows]


def copy_postgres(url: str, target: Path) -> Sequence[Blob]:
    """As `copy_sqlite`."""
    with _moment(url) as connection:
        blobs = _blobs(connection)
        archives.save(connection, target)
    return blobs


def keep_postgres(url: str, target: Path) -> None:
    """As `copy_postgres`, of any of our schemas."""
    with _moment(url) as connection:
        archives.save(connection, target)


def restore_sqlite(source: Path, target: Path) -> None:
    """Copies a database that nobody uses, with checksums for `verify`."""
    with disk_faults(target.parent):
        shutil.copyfile(source, target)
        page_sums.make(target)


def restore_postgres(url: str, source: Path) -> None:
    """Fills an empty database, or leaves it as it is. Raises AlreadyExists for one with something in it."""
    engine = create_engine(parsed(url))
    try:
        with faults.translated():
            if schema.current(engine) is not None:
                raise AlreadyExists(f"The database {schema.shown(engine.url)} is not empty; name another")
            with engine.begin() as connection:
                archives.load(connection, source)
    finally:
        engine.dispose()


def copy_blob(source: Path, blob: Blob, target: Path) -> None:
    """Copies a content under its name, checking that it is what its digest says.

    Raises Corrupt naming the file, and FileNotFoundError when it is not there.
    """
    place, copy = source / blob_name(blob), target / blob_name(blob)
    if copy.exists() and copy.stat().st_size == blob.size:
        return
    with place.open("rb") as content, disk_faults(target):
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        making = copy.with_name(f".{copy.name}")
        making.unlink(missing_ok=True)
        upload = Upload(making)
        try:
            while piece := content.read(PIECE):
                upload.write(piece)
            if upload.finish() != blob:
                raise Corrupt(
                    f"{place} is damaged: it is not what its digest says; `modelyard verify` shows all that is"
                )
            upload.move(copy)
        finally:
            upload.discard()


def blob_name(blob: Blob) -> str:
    """Where a directory of artifacts keeps a content."""
    digest = blob.digest.removeprefix("sha256:")
    return f"blobs/{digest[:2]}/{digest[2:]}"


def sha256_of(path: Path) -> str:
    with disk_faults(path.parent), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    """`path` is there with all of `content`, or not at all."""
    making = path.with_name(f".{path.name}.partial")
    with disk_faults(path.parent):
        making.unlink(missing_ok=True)
        upload = Upload(making)
        try:
            upload.write(content)
            upload.finish()
            upload.move(path)
        finally:
            upload.discard()


@contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """A directory to fill; it becomes `target`, which is not there or empty, once nothing has failed."""
    making = target.with_name(f".{target.name}.partial")
    with disk_faults(target.parent):
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True, mode=0o700)
    try:
        yield making
        with disk_faults(target.parent):
            os.sync()
            making.rename(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _blobs(connection: Connection) -> Sequence[Blob]:
    rows = connection.execute(select(files.c.digest, files.c.size).distinct().order_by(files.c.digest))
    return [Blob(digest, size) for digest, size in rows]


@contextmanager
def _moment(url: str) -> Iterator[Connection]:
    """All that is read is of one moment."""
    engine = create_engine(parsed(url), isolation_level="REPEATABLE READ")
    try:
        with faults.translated(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
