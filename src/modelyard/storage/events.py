import json

from sqlalchemy import insert, select

from modelyard.domain.events import Event
from modelyard.storage.database import Transaction
from modelyard.storage.tables.system import events

_ADD = insert(events)


def record(transaction: Transaction, *happened: Event) -> None:
    rows = [
        {
            "workspace_id": event.workspace_id,
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "kind": event.kind,
            "subject": event.subject,
            "detail": json.dumps(dict(event.detail), separators=(",", ":")),
        }
        for event in happened
    ]
    if rows:
        transaction.execute(_ADD, rows)


def newest(
    transaction: Transaction, workspace_id: int, kind: str | None, subject: str | None, before: int | None, limit: int
) -> list[Event]:
    statement = select(events).where(events.c.workspace_id == workspace_id).order_by(events.c.pk.desc()).limit(limit)
    if kind is not None:
        statement = statement.where(events.c.kind == kind)
    if subject is not None:
        statement = statement.where(events.c.subject == subject)
    if before is not None:
        statement = statement.where(events.c.pk < before)
    return [
        Event(
            at=row.at,
            actor=row.actor,
            workspace_id=row.workspace_id,
            action=row.action,
            kind=row.kind,
            subject=row.subject,
            detail=json.loads(row.detail),
            id=row.pk,
        )
        for row in transaction.execute(statement)
    ]
