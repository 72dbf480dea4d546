"""Merging the chunks of a series: many small rows become a few compressed ones, and the points stay the same.

It goes in two steps, so that writers wait for neither the reading nor the packing: a reader merges what it sees, and a
short change puts the result in place of the chunks it was made from. Points logged in between are in later chunks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, delete, literal_column, select, update

from modelyard.domain.series import Points
from modelyard.formats.chunks import count_of, merge, pack
from modelyard.storage.database import Transaction
from modelyard.storage.series import add_chunks
from modelyard.storage.tables.tracking import MANY_UNMERGED, chunks, series

POINTS_A_BLOCK = 16_384
_GROWTH = 4
_BLOCKS_LOOKED_AT = 16
_UNMERGED = series.c.chunks - series.c.packed
_MANY = literal_column(str(MANY_UNMERGED), Integer)
"""Said in the statement itself, so that the index of such series is used."""

_MARK = (
    update(series)
    .where(series.c.pk == bindparam("of"), series.c.packed == bindparam("before"))
    .values(packed=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to stand in place of the chunks from `first` to `last`; `packed` is how far it was merged before."""

    series_pk: int
    workspace_id: int
    first: int
    last: int
    packed: int
    blocks: Sequence[bytes]


def candidates(transaction: Transaction, least: int, most: int) -> list[int]:
    """Series with at least `least` chunks to merge, those with the most first.

    Only to those with 64 or more is there an index; for others all series are gone through.
    """
    statement = select(series.c.pk).where(least <= _UNMERGED).order_by(_UNMERGED.desc()).limit(most)
    if least >= MANY_UNMERGED:
        statement = statement.where(_UNMERGED >= _MANY)
    return list(transaction.execute(statement).scalars())


def merged(transaction: Transaction, series_pk: int) -> Merged | None:
    """The newest chunks as blocks; None when the series is gone or there is nothing to merge."""
    row = transaction.execute(select(series).where(series.c.pk == series_pk)).one_or_none()
    if row is None or row.chunks == row.packed:
        return None
    mine = select(chunks.c.number, chunks.c.points).where(chunks.c.series_pk == series_pk)
    new = transaction.execute(mine.where(chunks.c.number > row.packed).order_by(chunks.c.number)).all()
    older = mine.where(chunks.c.number <= row.packed).order_by(chunks.c.number.desc()).limit(_BLOCKS_LOOKED_AT)
    first, parts = row.packed + 1, [points for _, points in new]
    weight = sum(map(count_of, parts))
    for number, block in transaction.execute(older):
        size = count_of(block)
        # A block is merged again only into something several times its size, so each point is rewritten a few times.
        if size >= POINTS_A_BLOCK or size > _GROWTH * weight:
            break
        first, weight = number, weight + size
        parts.insert(0, block)
    return Merged(series_pk, row.workspace_id, first, row.chunks, row.packed, _blocks(merge(parts)))


def put(transaction: Transaction, result: Merged) -> bool:
    """Whether it was put in place; not when somebody else has merged the series meanwhile."""
    marked = transaction.execute(_MARK, {"of": result.series_pk, "before": result.packed, "until": result.last})
    if marked.rowcount == 0:
        return False
    transaction.execute(
        delete(chunks).where(
            chunks.c.series_pk == result.series_pk,
            chunks.c.number >= result.first,
            chunks.c.number <= result.last,
        )
    )
    add_chunks.run(
        transaction,
        [(result.series_pk, result.first + at, result.workspace_id, block) for at, block in enumerate(result.blocks)],
    )
    return True


def _blocks(points: Points) -> Sequence[bytes]:
    return [
        pack(points.between(first, first + POINTS_A_BLOCK), compress=True)
        for first in range(0, len(points), POINTS_A_BLOCK)
    ]
