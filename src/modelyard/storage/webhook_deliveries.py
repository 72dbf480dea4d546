from collections.abc import Collection, Sequence
from enum import StrEnum

from sqlalchemy import delete, func, insert, or_, select, update

from modelyard.domain.webhooks import Answer, Delivery, WebhookStatus
from modelyard.storage.database import Transaction
from modelyard.storage.tables.webhooks import webhook_deliveries as deliveries
from modelyard.storage.tables.webhooks import webhooks


class State(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


_SENDABLE = (
    deliveries.c.state == State.WAITING,
    webhooks.c.deleted_at.is_(None),
    webhooks.c.status == WebhookStatus.ACTIVE,
)


def insert_many(
    transaction: Transaction, workspace_id: int, ids: Sequence[tuple[int, str]], payload: str, now: int
) -> None:
    """The same message to several webhooks, by the keys of their rows, each with an id of its own."""
    rows = [
        {
            "workspace_id": workspace_id,
            "webhook_pk": webhook_pk,
            "id": id_,
            "payload": payload,
            "state": State.WAITING,
            "attempts": 0,
            "due_at": now,
            "last_error": "",
            "created_at": now,
        }
        for webhook_pk, id_ in ids
    ]
    transaction.execute(insert(deliveries), rows)


def due(transaction: Transaction, now: int, busy: Collection[str]) -> list[Delivery]:
    """The first that is due of each active webhook, in all workspaces; none of those that are `busy`."""
    first = (
        select(func.min(deliveries.c.pk).label("pk"))
        .join(webhooks, webhooks.c.pk == deliveries.c.webhook_pk)
        .where(deliveries.c.due_at <= now, *_SENDABLE)
        .group_by(deliveries.c.webhook_pk)
        .subquery()
    )
    statement = (
        select(
            deliveries,
            webhooks.c.id.label("webhook_id"),
            webhooks.c.name.label("webhook_name"),
            webhooks.c.url,
            webhooks.c.secret,
        )
        .join(first, first.c.pk == deliveries.c.pk)
        .join(webhooks, webhooks.c.pk == deliveries.c.webhook_pk)
        .order_by(deliveries.c.pk)
    )
    return [
        Delivery(
            id=row.id,
            webhook_id=row.webhook_id,
            webhook_name=row.webhook_name,
            url=row.url,
            payload=row.payload,
            secret=row.secret or "",
            attempts=row.attempts,
            created_at=row.created_at,
        )
        for row in transaction.execute(statement)
        if row.webhook_id not in busy
    ]


def tried(transaction: Transaction, id_: str, answer: Answer, state: State, due_at: int) -> None:
    """Notes a try. Of what is not waiting any more, `due_at` is when it ended."""
    values = {
        "attempts": deliveries.c.attempts + 1,
        "state": state,
        "due_at": due_at,
        "last_status": answer.status,
        "last_error": answer.error,
    }
    transaction.execute(update(deliveries).where(deliveries.c.id == id_).values(values))


def prune(transaction: Transaction, before: int) -> None:
    """Forgets what ended before then, and all that was for webhooks that are gone."""
    gone = select(webhooks.c.pk).where(webhooks.c.deleted_at.is_not(None))
    ended = deliveries.c.state.in_([State.DELIVERED, State.GIVEN_UP])
    transaction.execute(
        delete(deliveries).where(or_(deliveries.c.webhook_pk.in_(gone), ended & (deliveries.c.due_at < before)))
    )
