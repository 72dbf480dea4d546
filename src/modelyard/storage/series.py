from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import and_, case, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from modelyard.domain.series import Points, latest_of
from modelyard.formats.chunks import merge, pack
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.tracking import chunks, series

Key: TypeAlias = tuple[int, int, str]
"""Workspace, run (by its row's key) and metric."""

_ADD_CHUNKS = insert(chunks)


def append(transaction: Transaction, points: Mapping[Key, Points]) -> None:
    """Adds a chunk to each series and keeps the latest point of each: two statements, however many series."""
    if not points:
        return
    latest = {key: latest_of(added) for key, added in points.items()}
    rows = [
        {
            "workspace_id": key[0],
            "run_pk": key[1],
            "key": key[2],
            "chunks": 1,
            "latest_step": point.step,
            "latest_at": point.timestamp,
            "latest_value": None if point.value != point.value else point.value,
        }
        for key, point in latest.items()
    ]
    reserved = transaction.execute(_reserve(transaction.dialect.name), rows)
    places = {(row.run_pk, row.key): (row.pk, row.chunks) for row in reserved}
    transaction.execute(
        _ADD_CHUNKS,
        [
            {"series_pk": pk, "number": number, "workspace_id": key[0], "points": pack(added)}
            for key, added in points.items()
            for pk, number in (places[key[1], key[2]],)
        ],
    )


@cache
def _reserve(dialect: str) -> Any:
    """Takes the next chunk number of a series, and its latest point if the new one is later; NaN counts as zero."""
    statement: Any = (sqlite if dialect == "sqlite" else postgresql).insert(series)
    new, old = statement.excluded, series.c
    same_step = new.latest_step == old.latest_step
    later = or_(
        new.latest_step > old.latest_step,
        and_(same_step, new.latest_at > old.latest_at),
        and_(
            same_step,
            new.latest_at == old.latest_at,
            func.coalesce(new.latest_value, 0.0) > func.coalesce(old.latest_value, 0.0),
        ),
    )
    newest = {name: case((later, new[name]), else_=old[name]) for name in ("latest_step", "latest_at", "latest_value")}
    return statement.on_conflict_do_update(
        index_elements=["run_pk", "key"], set_={"chunks": old.chunks + 1, **newest}
    ).returning(old.pk, old.run_pk, old.key, old.chunks)


def read(transaction: Transaction, run_pks: Sequence[int], key: str) -> Mapping[int, Points]:
    """By run, in history order; runs without the metric are absent."""
    statement = (
        select(series.c.run_pk, chunks.c.points)
        .join(chunks, chunks.c.series_pk == series.c.pk)
        .where(among(series.c.run_pk, run_pks, transaction.dialect.name), series.c.key == key)
        .order_by(series.c.run_pk, chunks.c.number)
    )
    packed: dict[int, list[bytes]] = {}
    for run_pk, points in transaction.execute(statement):
        packed.setdefault(run_pk, []).append(points)
    return {run_pk: merge(parts) for run_pk, parts in packed.items()}
