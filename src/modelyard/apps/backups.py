"""Backup, restore and verify: on the data themselves, whether a server runs on them or not."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

import modelyard
from modelyard.apps.settings import BadSetting, Settings
from modelyard.domain.artifacts import Blob
from modelyard.domain.backups import BUCKET, DIRECTORY, NONE, POSTGRESQL, SQLITE, Manifest, Progress, Verified
from modelyard.domain.errors import AlreadyExists, Corrupt, InvalidInput, NotFound
from modelyard.kit.clock import now_ms
from modelyard.storage import backup, file_archive, page_checks, verifying

MANIFEST = "backup.json"
DATABASE = "modelyard.db"
ARCHIVE = "postgresql.zip"
ARTIFACTS = "artifacts"
FILES = "files.tar"
BLOBS = "blobs.txt"
UNFINISHED = "backup.unfinished"
IN_USE = "server.lock"
"""A server has run on it, so it is a data directory, even if it was a backup once."""

_TRIES = 3


def make(settings: Settings, target: Path, progress: Progress) -> Manifest:
    """Fills `target`, or brings the backup that is in it up to date; the manifest is written last.

    Raises AlreadyExists when something else is in `target`, Unavailable, StorageFull, and Corrupt naming
    a content that is damaged.
    """
    _check_target(target)
    os.umask(0o077)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    (target / UNFINISHED).touch()
    (target / MANIFEST).unlink(missing_ok=True)
    source = _directory(settings)
    for last in (False,) * (_TRIES - 1) + (True,):
        blobs = _copy_database(settings, target, progress)
        try:
            _copy_blobs(source, blobs, target, progress)
        except FileNotFoundError as error:  # deleted for good since the database was copied: take a later moment
            if last:
                raise Corrupt(f"{error.filename} is missing; `modelyard verify` shows what is damaged") from None
        else:
            break
    if source is not None:
        _remove_others(target / ARTIFACTS, blobs)
    progress("Copying secrets, config maps and volumes", 0.0)
    file_archive.save(settings.data_dir, target / FILES)
    return _write_manifest(settings, target, blobs, DIRECTORY if source is not None else BUCKET)


def make_of_database(settings: Settings, target: Path) -> None:
    """A backup of a PostgreSQL database of any of our schemas, without artifacts, in place of what is at `target`."""
    with backup.new_directory(target) as making:
        backup.keep_postgres(settings.database, making / ARCHIVE)
        _write_manifest(settings, making, [], NONE)
        shutil.rmtree(target, ignore_errors=True)


def restore(source: Path, settings: Settings, progress: Progress) -> Manifest:
    """Makes the data directory what was backed up, checking every byte: all of it, or nothing.

    Raises AlreadyExists when something is in the data directory, Corrupt for a backup that is damaged.
    """
    manifest = read_manifest(source)
    data_dir = settings.data_dir
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise AlreadyExists(f"The data directory {data_dir} is not empty; name another with --data-dir")
    if manifest.database == POSTGRESQL and not settings.database.startswith("postgres"):
        raise BadSetting("The backup is of a PostgreSQL database; name an empty one to restore it to with --database")
    if manifest.database == SQLITE and settings.database:
        raise BadSetting("The backup is of a SQLite database, which goes to the data directory; leave out --database")
    progress("Checking the database", 0.0)
    if backup.sha256_of(source / manifest.database_file) != manifest.database_sha256:
        raise Corrupt(f"{source / manifest.database_file} is damaged: it is not what was backed up")
    if _files_of(source) != (manifest.files_sha256, manifest.files_bytes):
        raise Corrupt(f"{source / FILES} is damaged: it is not what was backed up")
    os.umask(0o077)
    with backup.new_directory(data_dir) as making:
        if manifest.artifacts == DIRECTORY:
            blobs = list(_listed(source))
            for number, blob in enumerate(blobs):
                _copy_found(source / ARTIFACTS, blob, making / ARTIFACTS)
                progress("Copying artifacts", number / len(blobs))
        if manifest.files_sha256:
            file_archive.load(source / FILES, making)
        if manifest.database == POSTGRESQL:
            backup.restore_postgres(settings.database, source / manifest.database_file)
        else:
            backup.restore_sqlite(source / DATABASE, making / DATABASE)
    return manifest


def verify(settings: Settings, progress: Progress) -> Verified:
    """Reads everything and says what is damaged. Of a backup, its database is compared with what was backed up too.

    Contents in a bucket are not looked at: the store vouches for them. Raises NotFound when there is nothing.
    """
    data_dir = settings.data_dir
    url = settings.database or f"sqlite:///{data_dir / DATABASE}"
    found = Verified()
    if url.startswith("sqlite:"):
        found = _verify_file(data_dir, Path(url.removeprefix("sqlite:///")), progress)
    engine = verifying.opened(url)
    try:
        if not found.problems and (older := verifying.schema_problem(engine)):
            raise InvalidInput(older)
        return verifying.rows(engine, _directory(settings), found, progress)
    finally:
        engine.dispose()


def _verify_file(data_dir: Path, path: Path, progress: Progress) -> Verified:
    if not path.exists():
        raise NotFound(f"There is no database at {path}; name the data directory with --data-dir")
    compared = page_checks.compare(path, progress)  # first: no connection may be open
    different = _compared_with_manifest(data_dir, path, progress)
    return Verified(
        pages=compared.pages, problems=[*different, *compared.problems, *verifying.database(path, progress)]
    )


def read_manifest(source: Path) -> Manifest:
    """Raises NotFound for what is no whole backup, Corrupt for a manifest that cannot be read."""
    path = source / MANIFEST
    if not path.is_file():
        raise NotFound(f"{source} is not a whole backup: it has no {MANIFEST}")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"{path} is damaged: {error}") from None


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise AlreadyExists(f"{target} is a file; name a directory")
    if not target.exists() or not any(target.iterdir()):
        return
    ours = (target / MANIFEST).exists() or (target / UNFINISHED).exists()
    if not ours or (target / IN_USE).exists():
        raise AlreadyExists(f"{target} has something else in it; name an empty directory, or one with a backup")


def _copy_database(settings: Settings, target: Path, progress: Progress) -> list[Blob]:
    progress("Copying the database", 0.0)
    if settings.database.startswith("postgres"):
        return list(backup.copy_postgres(settings.database, target / ARCHIVE))
    path = Path(settings.database.removeprefix("sqlite:///")) if settings.database else settings.data_dir / DATABASE

    def told(done: int, of: int) -> None:
        progress("Copying the database", done / max(1, of))

    return list(backup.copy_sqlite(path, target / DATABASE, told))


def _copy_blobs(source: Path | None, blobs: list[Blob], target: Path, progress: Progress) -> None:
    if source is None:
        return
    total, done = sum(blob.size for blob in blobs) or 1, 0
    for blob in blobs:
        backup.copy_blob(source, blob, target / ARTIFACTS)
        done += blob.size
        progress("Copying artifacts", done / total)


def _copy_found(source: Path, blob: Blob, target: Path) -> None:
    try:
        backup.copy_blob(source, blob, target)
    except FileNotFoundError as error:
        raise Corrupt(f"{error.filename} is missing from the backup") from None


def _remove_others(artifacts: Path, blobs: Iterable[Blob]) -> None:
    """What an earlier backup in the same place had, and this one has not."""
    wanted = {artifacts / backup.blob_name(blob) for blob in blobs}
    for path in verifying.stored(artifacts):
        if path not in wanted:
            path.unlink()


def _write_manifest(settings: Settings, target: Path, blobs: list[Blob], artifacts: str) -> Manifest:
    file = ARCHIVE if settings.database.startswith("postgres") else DATABASE
    listed = "".join(f"{blob.digest} {blob.size}\n" for blob in blobs)
    backup.write_durably(target / BLOBS, listed.encode())
    data = settings.data_dir
    files_sha256, files_bytes = _files_of(target)
    manifest = Manifest(
        version=modelyard.__version__,
        created_at=now_ms(),
        database=POSTGRESQL if file == ARCHIVE else SQLITE,
        database_file=file,
        database_sha256=backup.sha256_of(target / file),
        artifacts=artifacts,
        artifacts_location="" if artifacts == DIRECTORY else settings.artifacts or str(data.absolute() / ARTIFACTS),
        blobs=len(blobs),
        bytes=sum(blob.size for blob in blobs),
        files_sha256=files_sha256,
        files_bytes=files_bytes,
    )
    backup.write_durably(target / MANIFEST, msgspec.json.format(msgspec.json.encode(asdict(manifest)), indent=2))
    (target / UNFINISHED).unlink(missing_ok=True)
    return manifest


def _files_of(folder: Path) -> tuple[str, int]:
    """Digest and size of the archive beside the database, if there is one."""
    path = folder / FILES
    return (backup.sha256_of(path), path.stat().st_size) if path.exists() else ("", 0)


def _listed(source: Path) -> Iterable[Blob]:
    for line in (source / BLOBS).read_text().splitlines():
        digest, _, size = line.partition(" ")
        yield Blob(digest, int(size))


def _directory(settings: Settings) -> Path | None:
    """Where contents lie on this machine; None for a bucket."""
    if not settings.artifacts:
        return settings.data_dir / ARTIFACTS
    if settings.artifacts.startswith("file://"):
        return Path(unquote(urlsplit(settings.artifacts).path))
    return None if "://" in settings.artifacts else Path(settings.artifacts)


def _compared_with_manifest(data_dir: Path, path: Path, progress: Progress) -> list[str]:
    if not (data_dir / MANIFEST).exists() or (data_dir / IN_USE).exists() or path.parent != data_dir:
        return []
    progress("Checking the database", 0.0)
    manifest, damaged = read_manifest(data_dir), []
    if backup.sha256_of(path) != manifest.database_sha256:
        damaged.append(path)
    if _files_of(data_dir) != (manifest.files_sha256, manifest.files_bytes):
        damaged.append(data_dir / FILES)
    return [f"{one} is damaged: it is not what was backed up" for one in damaged]
