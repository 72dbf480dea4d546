import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from modelyard.domain.webhooks import NewWebhook, Topic, Webhook, WebhookStatus
from modelyard.storage import keyset
from modelyard.storage.database import Transaction
from modelyard.storage.tables.webhooks import webhooks

_LISTENING = select(webhooks.c.pk, webhooks.c.events).where(
    webhooks.c.deleted_at.is_(None), webhooks.c.status == WebhookStatus.ACTIVE
)


def insert_one(transaction: Transaction, workspace_id: int, id_: str, new: NewWebhook, user: str, now: int) -> None:
    transaction.execute(
        insert(webhooks).values(
            workspace_id=workspace_id,
            id=id_,
            name=new.name,
            description=new.description,
            url=new.url,
            events=_written(new.topics),
            secret=new.secret or None,
            status=new.status,
            user=user,
            created_at=now,
            updated_at=now,
        )
    )


def by_id(transaction: Transaction, workspace_id: int, id_: str) -> Webhook | None:
    row = transaction.execute(_there(workspace_id).where(webhooks.c.id == id_)).one_or_none()
    return None if row is None else _webhook(row)


def secret_of(transaction: Transaction, workspace_id: int, id_: str) -> str:
    """Empty without one."""
    statement = select(webhooks.c.secret).where(webhooks.c.workspace_id == workspace_id, webhooks.c.id == id_)
    return transaction.execute(statement).scalar() or ""


def newest(
    transaction: Transaction, workspace_id: int, after: Sequence[keyset.Scalar] | None, limit: int
) -> tuple[list[Webhook], list[keyset.Scalar] | None]:
    """A page, newest first, and the sort values of its last row when there is a next page."""
    keys = [keyset.SortKey(webhooks.c.created_at, ascending=False), keyset.SortKey(webhooks.c.pk, ascending=False)]
    rows = transaction.execute(keyset.page(_there(workspace_id), keys, after, limit)).all()
    last = keyset.values_of(rows[limit - 1], keys) if len(rows) > limit else None
    return [_webhook(row) for row in rows[:limit]], last


def change(transaction: Transaction, id_: str, now: int, values: Mapping[str, Any]) -> None:
    """`values` by column."""
    written = {name: _written(value) if name == "events" else value for name, value in values.items()}
    transaction.execute(update(webhooks).where(webhooks.c.id == id_).values(written | {"updated_at": now}))


def remove(transaction: Transaction, id_: str, now: int) -> None:
    """The row stays, as what deliveries belonged to; its secret goes."""
    gone = {"deleted_at": now, "updated_at": now, "secret": None}
    transaction.execute(update(webhooks).where(webhooks.c.id == id_).values(gone))


def listening(transaction: Transaction, workspace_id: int) -> Mapping[int, frozenset[str]]:
    """The topics of every active webhook, by the key of its row."""
    rows = transaction.execute(_LISTENING.where(webhooks.c.workspace_id == workspace_id))
    return {row.pk: frozenset(json.loads(row.events)) for row in rows}


def _there(workspace_id: int) -> Select[Any]:
    return select(webhooks).where(webhooks.c.workspace_id == workspace_id, webhooks.c.deleted_at.is_(None))


def _written(topics: Sequence[Topic]) -> str:
    return json.dumps(list(topics))


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        name=row.name,
        url=row.url,
        topics=tuple(map(Topic, json.loads(row.events))),
        status=WebhookStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        description=row.description,
    )
