import json
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, select, text

from modelyard.domain.events import Event
from modelyard.storage.bulk import Bulk
from modelyard.storage.database import Transaction
from modelyard.storage.tables.system import events

_encode = msgspec.json.Encoder().encode
_ADD = Bulk(
    'INSERT INTO events (workspace_id, at, actor, "action", kind, subject, detail) {rows}',
    "int bigint text text text text text",
)


def record(transaction: Transaction, *happened: Event) -> None:
    _ADD.run(transaction, [_row(event) for event in happened])


def _row(event: Event) -> tuple[Any, ...]:
    detail = _encode(event.detail).decode()
    return (event.workspace_id, event.at, event.actor, event.action, event.kind, event.subject, detail)


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
    return _read(transaction, statement)


def since(transaction: Transaction, workspace_id: int, after: int, limit: int) -> list[Event]:
    """Those recorded after the event `after`, oldest first."""
    later = (events.c.workspace_id == workspace_id, events.c.pk > after)
    return _read(transaction, select(events).where(*later).order_by(events.c.pk).limit(limit))


def settle(transaction: Transaction) -> None:
    """Waits for those who record events, and bars others, until the transaction ends: first of all in a transaction.

    What is read then has no gap that somebody fills later. SQLite has one writer, and never such a gap. Raises
    Unavailable when somebody records for too long; waiting on would hold up everybody.
    """
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SET LOCAL lock_timeout = '200ms'"))
        transaction.execute(text("LOCK TABLE events IN SHARE MODE"))


def done(transaction: Transaction, actions: Sequence[str], after: int, limit: int) -> list[Event]:
    """Those of some actions, of all workspaces, recorded after the event `after`, oldest first."""
    wanted = select(events).where(events.c.pk > after, events.c.action.in_(actions))
    return _read(transaction, wanted.order_by(events.c.pk).limit(limit))


def _read(transaction: Transaction, statement: Select[Any]) -> list[Event]:
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
