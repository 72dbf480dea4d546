"""Looking for damage: in the database, in the points of metrics, and in the contents of files."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, create_engine, func, select
from sqlalchemy.pool import NullPool

from modelyard.domain.artifacts import Blob
from modelyard.domain.backups import Progress, Verified
from modelyard.domain.errors import Corrupt, Unavailable
from modelyard.domain.series import latest_of
from modelyard.formats.chunks import merge
from modelyard.storage import faults, schema, snapshots
from modelyard.storage.backup import PIECE, blob_name
from modelyard.storage.opening import configure, parsed
from modelyard.storage.tables.files import files
from modelyard.storage.tables.tracking import chunks, runs, series

MOST_PROBLEMS = 1000
AT_ONCE = 500
_SHOWN_PATHS = 3


def database(path: Path, progress: Progress) -> list[str]:
    """What SQLite itself finds wrong with its file; it may be in use."""
    progress("Checking the database", 0.0)
    try:
        with snapshots.opened(path) as connection:
            found = [said for (said,) in connection.execute("PRAGMA integrity_check")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
    except sqlite3.DatabaseError as error:
        return [f"{path} cannot be read: {error}"]
    problems = [f"{path}: {line}" for said in found for line in str(said).splitlines() if line != "ok"]
    return problems + [
        f"{path}: a row of {table} belongs to one of {parent} that is gone" for table, _, parent, _ in orphans
    ]


def rows(engine: Engine, root: Path | None, found: Verified, progress: Progress) -> Verified:
    """Adds what is wrong with points, and with contents where they are in a directory."""
    try:
        read = _points(engine, progress)
        found = replace(read, pages=found.pages, problems=[*found.problems, *read.problems])
        return found if root is None else _contents(engine, root, found, progress)
    except (Unavailable, Corrupt) as error:  # the file is so damaged that it cannot be read to its end
        return replace(found, problems=[*found.problems, error.message])
    except Exception as error:
        if not found.problems:
            raise
        return replace(found, problems=[*found.problems, f"The database has values that cannot be: {error}"])


def _points(engine: Engine, progress: Progress) -> Verified:
    """Unpacks every chunk of every series, and compares the latest point with the one that is kept apart."""
    counted, after = Verified(), 0
    problems: list[str] = []
    with faults.translated(), engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(series)).scalar_one()
    while True:
        page = (
            select(series, runs.c.id.label("run_id"))
            .join(runs, runs.c.pk == series.c.run_pk)
            .where(series.c.pk > after, runs.c.workspace_id > 0)  # the others are being deleted for good, bit by bit
            .order_by(series.c.pk)
            .limit(AT_ONCE)
        )
        with faults.translated(), engine.connect() as connection:
            rows = connection.execute(page).all()
            if not rows:
                return Verified(series=counted.series, points=counted.points, problems=problems)
            held: dict[int, list[bytes]] = {}
            of_page = chunks.c.series_pk.between(rows[0].pk, rows[-1].pk)
            statement = select(chunks).where(of_page).order_by(chunks.c.series_pk, chunks.c.number)
            for chunk in connection.execute(statement):
                held.setdefault(chunk.series_pk, []).append(chunk.points)
        number = 0
        for row in rows:
            found, problem = _series(row, held.get(row.pk, ()))
            number += found
            if problem and len(problems) < MOST_PROBLEMS:
                problems.append(problem)
        counted = Verified(series=counted.series + len(rows), points=counted.points + number)
        after = rows[-1].pk
        progress("Checking metrics", counted.series / max(1, total))


def _series(row: Row[Any], held: Sequence[bytes]) -> tuple[int, str | None]:
    """How many points there are, and what is wrong with them."""
    name = f"metric {row.key!r} of run {row.run_id}"
    try:
        merged = merge(held)
    except Corrupt as error:
        return 0, f"The {name} is damaged: {error.message}"
    if not len(merged):
        return 0, f"The {name} has lost its points"
    latest = latest_of(merged)
    value = None if latest.value != latest.value else latest.value
    if (latest.step, latest.timestamp, value) != (row.latest_step, row.latest_at, row.latest_value):
        return len(merged), f"The {name} is damaged: its latest point is not the one that was kept apart"
    return len(merged), None


def _referenced(engine: Engine) -> list[Blob]:
    """The contents that files stand for, by digest."""
    with faults.translated(), engine.connect() as connection:
        rows = connection.execute(select(files.c.digest, files.c.size).distinct().order_by(files.c.digest))
        return [Blob(digest, size) for digest, size in rows]


def _paths_of(engine: Engine, digest: str) -> str:
    """The files that a content is of, in words; empty when it is of none any more."""
    with faults.translated(), engine.connect() as connection:
        found = select(files.c.path).where(files.c.digest == digest).order_by(files.c.path).limit(_SHOWN_PATHS + 1)
        paths = list(connection.execute(found).scalars())
    more = " and others" if len(paths) > _SHOWN_PATHS else ""
    return ", ".join(paths[:_SHOWN_PATHS]) + more


def _contents(engine: Engine, root: Path, found: Verified, progress: Progress) -> Verified:
    blobs = _referenced(engine)
    problems, done, total = list(found.problems), 0, sum(blob.size for blob in blobs) or 1
    for blob in blobs:
        problem = _content(root, blob)
        if problem:
            paths = _paths_of(engine, blob.digest)
            if paths:  # else it has been deleted meanwhile
                problems.append(f"{problem}; it is the content of {paths}")
        done += blob.size
        progress("Checking artifacts", done / total)
    return replace(found, blobs=len(blobs), bytes=done, problems=problems)


def stored(root: Path) -> Iterator[Path]:
    """The files in a directory of contents, by digest."""
    for shard in sorted((root / "blobs").glob("[0-9a-f][0-9a-f]")):
        yield from sorted(path for path in shard.iterdir() if not path.name.startswith("."))


def _content(root: Path, blob: Blob) -> str | None:
    """What is wrong with a content in a directory; None for one that is what its digest says."""
    path = root / blob_name(blob)
    seen, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                seen.update(piece)
                size += len(piece)
    except FileNotFoundError:
        return f"{path} is missing"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    if size != blob.size:
        return f"{path} has {size} bytes instead of {blob.size}"
    return None if f"sha256:{seen.hexdigest()}" == blob.digest else f"{path} is not what its digest says"


def opened(url: str) -> Engine:
    """An engine that only reads; of SQLite also where another process writes."""
    chosen = parsed(url)
    if chosen.get_backend_name() != "sqlite":
        return create_engine(chosen, isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True})
    path = Path(str(chosen.database))

    def connect() -> sqlite3.Connection:
        return snapshots.connect(path)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    configure(engine, ("query_only=ON",), "BEGIN")
    return engine


def schema_problem(engine: Engine) -> str | None:
    """Why what is in the database cannot be looked at by this version; None when it can."""
    current = schema.current(engine)
    if current == schema.REVISION:
        return None
    return f"The database has schema {current}, and this version can look into {schema.REVISION} only"
