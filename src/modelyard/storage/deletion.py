"""Erasing for good what has been condemned, a little in each transaction, so that nobody waits long behind it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, or_, select

from modelyard.storage.database import Transaction
from modelyard.storage.files import below
from modelyard.storage.members import among
from modelyard.storage.tables.files import files
from modelyard.storage.tables.tracking import chunks, experiments, logged_models, runs, series
from modelyard.storage.trash import Thing

_TABLES = {"run": runs, "logged_model": logged_models, "experiment": experiments}


def erase_files(transaction: Transaction, workspace_id: int, roots: Sequence[str], limit: int) -> int:
    """Removes up to `limit` files at or below these paths; answers how many."""
    erased = 0
    for root in roots:
        found = select(files.c.path).where(_at(workspace_id, root)).limit(limit - erased)
        paths = list(transaction.execute(found).scalars())
        if paths:
            mine = among(files.c.path, paths, transaction.dialect.name)
            transaction.execute(delete(files).where(files.c.workspace_id == workspace_id, mine))
            erased += len(paths)
        if erased >= limit:
            break
    return erased


def erase_points(transaction: Transaction, run_pks: Sequence[int], limit: int) -> int:
    """Removes up to `limit` chunks of the runs' series, and series that have none left; answers how many rows."""
    dialect = transaction.dialect.name
    owned = select(series.c.pk).where(among(series.c.run_pk, run_pks, dialect))
    found = (
        select(chunks.c.series_pk, chunks.c.number)
        .where(chunks.c.series_pk.in_(owned))
        .order_by(chunks.c.series_pk, chunks.c.number)
        .limit(limit)
    )
    rows = transaction.execute(found).all()
    if rows:
        last = rows[-1]
        whole = sorted({row.series_pk for row in rows} - {last.series_pk})
        cut = and_(chunks.c.series_pk == last.series_pk, chunks.c.number <= last.number)
        transaction.execute(delete(chunks).where(or_(among(chunks.c.series_pk, whole, dialect), cut)))
        return len(rows)
    empty = list(transaction.execute(owned.limit(limit)).scalars())
    if empty:
        transaction.execute(delete(series).where(among(series.c.pk, empty, dialect)))
    return len(empty)


def erase_rows(transaction: Transaction, things: Sequence[Thing]) -> None:
    """Removes the things themselves, with what little hangs on them still."""
    for kind, table in _TABLES.items():
        pks = [one.pk for one in things if one.kind == kind]
        if pks:
            transaction.execute(delete(table).where(among(table.c.pk, pks, transaction.dialect.name)))


def count_files(transaction: Transaction, workspace_id: int, roots: Collection[str]) -> int:
    """How many files are at or below these paths, of which none is below another."""
    return sum(
        int(transaction.execute(select(func.count()).select_from(files).where(_at(workspace_id, root))).scalar_one())
        for root in roots
    )


def referenced(
    transaction: Transaction, digests: Sequence[str], without: Mapping[int, Collection[str]] | None = None
) -> set[str]:
    """Those that some file stands for; files of a workspace at or below its paths in `without` do not count."""
    mine = among(files.c.digest, digests, transaction.dialect.name)
    if without is None:
        return set(transaction.execute(select(files.c.digest).where(mine).distinct()).scalars())
    found = transaction.execute(select(files.c.workspace_id, files.c.path, files.c.digest).where(mine))
    return {row.digest for row in found if not is_within(row.path, without.get(row.workspace_id, ()))}


def is_within(path: str, roots: Collection[str]) -> bool:
    """Whether it is one of the roots, or below one."""
    segments = path.split("/")
    return any("/".join(segments[:depth]) in roots for depth in range(1, len(segments) + 1))


def _at(workspace_id: int, root: str) -> Any:
    return and_(files.c.workspace_id == workspace_id, or_(files.c.path == root, below(files.c.path, root)))
