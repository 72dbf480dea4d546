from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, case, cast, delete, func, insert, select, types, update

from modelyard.domain.listing import Listing
from modelyard.domain.schedules import Plan, Schedule
from modelyard.storage import keyset, pipeline_documents, pipeline_json
from modelyard.storage.database import Transaction
from modelyard.storage.listing import Shelf
from modelyard.storage.tables.pipelines import pipeline_schedules

_SHELF = Shelf(
    pipeline_schedules.c.pk,
    {
        **{name: pipeline_schedules.c[name] for name in ("id", "name", "description", "created_at", "updated_at")},
        **{name: pipeline_schedules.c[name] for name in ("pipeline_id", "version_id")},
        "experiment_id": cast(pipeline_schedules.c.experiment_pk, types.Text),
        "enabled": case((pipeline_schedules.c.enabled == 1, "true"), else_="false"),
    },
)


def insert_one(transaction: Transaction, schedule: Schedule) -> None:
    transaction.execute(
        insert(pipeline_schedules).values(
            workspace_id=schedule.workspace_id,
            id=schedule.id,
            experiment_pk=int(schedule.experiment_id),
            name=schedule.name,
            description=schedule.description,
            pipeline_id=schedule.pipeline_id,
            version_id=schedule.version_id,
            digest=_digest(transaction, schedule),
            plan=pipeline_json.text(schedule.plan),
            enabled=int(schedule.enabled),
            user=schedule.user,
            error=schedule.error,
            runs=schedule.runs,
            next_at=schedule.next_at,
            created_at=schedule.created_at,
            updated_at=schedule.updated_at,
        )
    )


def by_id(transaction: Transaction, workspace_id: int, schedule_id: str) -> Schedule | None:
    """With its document."""
    row = transaction.execute(_mine(workspace_id).where(pipeline_schedules.c.id == schedule_id)).one_or_none()
    return None if row is None else _schedule(row, pipeline_documents.read(transaction, [row.digest]))


def find(
    transaction: Transaction, workspace_id: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[Schedule], int, list[keyset.Scalar] | None]:
    """With their documents."""
    rows, total, last = _SHELF.find(transaction, _mine(workspace_id), listing, after)
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
    transaction.execute(update(pipeline_schedules).where(pipeline_schedules.c.id == schedule_id).values(values))


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


def _mine(workspace_id: int) -> Select[Any]:
    return select(pipeline_schedules).where(pipeline_schedules.c.workspace_id == workspace_id)


def _schedule(row: Row[Any], documents: Mapping[str, bytes]) -> Schedule:
    plan: Plan = pipeline_json.plan(row.plan)
    return Schedule(
        id=row.id,
        workspace_id=row.workspace_id,
        experiment_id=str(row.experiment_pk),
        name=row.name,
        description=row.description,
        plan=plan,
        enabled=bool(row.enabled),
        user=row.user,
        created_at=row.created_at,
        updated_at=row.updated_at,
        pipeline_id=row.pipeline_id,
        version_id=row.version_id,
        document=documents.get(row.digest, b""),
        next_at=row.next_at,
        runs=row.runs,
        error=row.error,
    )
