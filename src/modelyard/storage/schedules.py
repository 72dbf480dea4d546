from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, select, update

from modelyard.domain.listing import Listing
from modelyard.domain.schedules import Plan, Schedule
from modelyard.storage import keyset, pipeline_documents, pipeline_json, starters
from modelyard.storage.database import Transaction
from modelyard.storage.listing import Shelf
from modelyard.storage.tables.pipelines import pipeline_schedules

_SHELF = Shelf(pipeline_schedules.c.pk, starters.shown(pipeline_schedules))


def insert_one(transaction: Transaction, schedule: Schedule) -> None:
    own = {"plan": pipeline_json.text(schedule.plan), "next_at": schedule.next_at}
    values = {**starters.values(schedule), **own, "digest": _digest(transaction, schedule)}
    transaction.execute(insert(pipeline_schedules).values(values))


def by_id(transaction: Transaction, workspace_id: int, schedule_id: str) -> Schedule | None:
    """With its document."""
    row = transaction.execute(
        starters.mine(pipeline_schedules, workspace_id).where(pipeline_schedules.c.id == schedule_id)
    ).one_or_none()
    return None if row is None else _schedule(row, pipeline_documents.read(transaction, [row.digest]))


def find(
    transaction: Transaction, workspace_id: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[Schedule], int, list[keyset.Scalar] | None]:
    """With their documents."""
    rows, total, last = _SHELF.find(transaction, starters.mine(pipeline_schedules, workspace_id), listing, after)
    documents = pipeline_documents.read(transaction, [row.digest for row in rows])
    return [_schedule(row, documents) for row in rows], total, last


def next_at(transaction: Transaction) -> int | None:
    """When the next slot of any schedule of any workspace is."""
    soonest = select(func.min(pipeline_schedules.c.next_at)).where(pipeline_schedules.c.enabled == 1)
    return transaction.execute(soonest).scalar_one_or_none()


def due(transaction: Transaction, now: int) -> list[Schedule]:
    """Of all workspaces, those with a slot that is reached; nobody else fires them until we commit."""
    waiting = and_(pipeline_schedules.c.enabled == 1, pipeline_schedules.c.next_at <= now)
    statement = select(pipeline_schedules).where(waiting).order_by(pipeline_schedules.c.next_at)
    rows = transaction.execute(statement.with_for_update()).all()
    documents = pipeline_documents.read(transaction, [row.digest for row in rows])
    return [_schedule(row, documents) for row in rows]


def change(transaction: Transaction, schedule_id: str, values: Mapping[str, Any]) -> None:
    """`values` by column."""
    starters.change(transaction, pipeline_schedules, schedule_id, values)


def disable_all(transaction: Transaction, experiment_pk: int, now: int) -> None:
    mine = and_(pipeline_schedules.c.experiment_pk == experiment_pk, pipeline_schedules.c.enabled == 1)
    transaction.execute(update(pipeline_schedules).where(mine).values(enabled=0, next_at=None, updated_at=now))


def remove(transaction: Transaction, workspace_id: int, schedule_id: str) -> None:
    gone = delete(pipeline_schedules).where(pipeline_schedules.c.id == schedule_id)
    digests = transaction.execute(gone.returning(pipeline_schedules.c.digest)).scalars().all()
    pipeline_documents.sweep(transaction, workspace_id, digests)


def _digest(transaction: Transaction, schedule: Schedule) -> str:
    if not schedule.document:
        return ""
    return pipeline_documents.put(transaction, schedule.workspace_id, schedule.document)


def _schedule(row: Row[Any], documents: Mapping[str, bytes]) -> Schedule:
    plan: Plan = pipeline_json.plan(row.plan)
    document = documents.get(row.digest, b"")
    return Schedule(**starters.fields(row), plan=plan, document=document, next_at=row.next_at)
