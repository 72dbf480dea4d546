import math
from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Dialect, and_, bindparam, select

from modelyard.domain.runs import Metric
from modelyard.domain.series import Points, latest_of
from modelyard.formats.chunks import merge, pack
from modelyard.formats.lone_points import pack_one
from modelyard.storage.bulk import Bulk
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.prepared import Prepared
from modelyard.storage.tables.tracking import chunks, series

Key: TypeAlias = tuple[int, int, int, str]
"""Workspace, experiment, run (both by their rows' keys) and metric."""

Added: TypeAlias = Points | Metric
"""Many points of one series, or one."""

_RESERVE = Bulk(
    """
    INSERT INTO series
        (workspace_id, experiment_pk, run_pk, "key", chunks, packed, latest_step, latest_at, latest_value)
    {rows}
    ON CONFLICT (run_pk, "key") DO UPDATE SET
        chunks = series.chunks + 1,
        latest_step = CASE WHEN {later} THEN excluded.latest_step ELSE series.latest_step END,
        latest_at = CASE WHEN {later} THEN excluded.latest_at ELSE series.latest_at END,
        latest_value = CASE WHEN {later} THEN excluded.latest_value ELSE series.latest_value END
    RETURNING pk, run_pk, "key", chunks
    """.replace(
        "{later}",
        "(excluded.latest_step, excluded.latest_at, coalesce(excluded.latest_value, 0.0))"
        " > (series.latest_step, series.latest_at, coalesce(series.latest_value, 0.0))",
    ),
    "bigint bigint bigint text bigint bigint bigint bigint float8",
)
"""Takes the next chunk number of a series, and its latest point if the new one is later; NaN counts as zero."""

add_chunks = Bulk('INSERT INTO chunks (series_pk, "number", workspace_id, points) {rows}', "bigint int int bytea")


def added(metrics: Sequence[Metric]) -> Added:
    if len(metrics) == 1:
        return metrics[0]
    return Points(
        array("q", [metric.step for metric in metrics]),
        array("q", [metric.timestamp for metric in metrics]),
        array("d", [metric.value for metric in metrics]),
    )


def append(transaction: Transaction, points: Mapping[Key, Added]) -> None:
    """Adds a chunk to each series and keeps the latest point of each: two statements, however many series."""
    if not points:
        return
    reserved = _RESERVE.returning(transaction, [_row(key, new) for key, new in points.items()])
    places = {(run_pk, name): (pk, number) for pk, run_pk, name, number in reserved}
    add_chunks.run(
        transaction,
        [
            (*places[run_pk, name], workspace_id, _packed(new))
            for (workspace_id, _, run_pk, name), new in points.items()
        ],
    )


def _row(key: Key, new: Added) -> tuple[Any, ...]:
    latest = latest_of(new) if isinstance(new, Points) else new
    value = None if math.isnan(latest.value) else latest.value
    return (*key, 1, 0, latest.step, latest.timestamp, value)


def _packed(new: Added) -> bytes:
    return pack(new) if isinstance(new, Points) else pack_one(new.step, new.timestamp, new.value)


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


class SeriesRow(NamedTuple):
    """Where the points of one metric of one run are, and the number of the newest of its chunks."""

    pk: int
    newest: int


def one(transaction: Transaction, run_pk: int, key: str) -> SeriesRow | None:
    found = _one(transaction.dialect).rows(transaction, {"run": run_pk, "key": key})
    return SeriesRow._make(found[0]) if found else None


def points_of(transaction: Transaction, pk: int) -> Points:
    """In history order."""
    return merge(packed for (packed,) in _chunks_of(transaction.dialect).rows(transaction, {"series": pk}))


@cache
def _one(dialect: Dialect) -> Prepared:
    mine = and_(series.c.run_pk == bindparam("run"), series.c.key == bindparam("key"))
    return Prepared(select(series.c.pk, series.c.chunks).where(mine), dialect)


@cache
def _chunks_of(dialect: Dialect) -> Prepared:
    mine = select(chunks.c.points).where(chunks.c.series_pk == bindparam("series"))
    return Prepared(mine.order_by(chunks.c.number), dialect)
