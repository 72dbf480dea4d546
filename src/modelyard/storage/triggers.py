from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, select, update

from modelyard.domain.listing import Listing
from modelyard.domain.triggers import Trigger, TriggerKind
from modelyard.storage import keyset, pipeline_json, starters
from modelyard.storage.database import Transaction
from modelyard.storage.listing import Shelf
from modelyard.storage.tables.system import events
from modelyard.storage.tables.triggers import pipeline_triggers as triggers

_SHELF = Shelf(triggers.c.pk, {**starters.shown(triggers), "kind": triggers.c.kind})
_READING = and_(triggers.c.enabled == 1, triggers.c.kind != TriggerKind.WEBHOOK)


def insert_one(transaction: Transaction, trigger: Trigger) -> None:
    rule = {"kind": trigger.rule.kind, "rule": pipeline_json.text(trigger.rule), "secret": trigger.secret}
    transaction.execute(insert(triggers).values({**starters.values(trigger), **rule, "seen": trigger.seen}))


def by_id(transaction: Transaction, workspace_id: int, trigger_id: str) -> Trigger | None:
    row = transaction.execute(starters.mine(triggers, workspace_id).where(triggers.c.id == trigger_id)).one_or_none()
    return None if row is None else _trigger(row)


def locked(transaction: Transaction, trigger_id: str) -> tuple[int, Trigger] | None:
    """The row's key and the trigger, of any workspace; nobody else fires it until the transaction ends."""
    row = transaction.execute(select(triggers).where(triggers.c.id == trigger_id).with_for_update()).one_or_none()
    return None if row is None else (row.pk, _trigger(row))


def find(
    transaction: Transaction, workspace_id: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[Trigger], int, list[keyset.Scalar] | None]:
    rows, total, last = _SHELF.find(transaction, starters.mine(triggers, workspace_id), listing, after)
    return [_trigger(row) for row in rows], total, last


def change(transaction: Transaction, trigger_id: str, values: Mapping[str, Any]) -> None:
    """`values` by column; a rule as it is."""
    written = {name: pipeline_json.text(one) if name == "rule" else one for name, one in values.items()}
    starters.change(transaction, triggers, trigger_id, written)


def remove(transaction: Transaction, trigger_id: str) -> None:
    """With its firings."""
    transaction.execute(delete(triggers).where(triggers.c.id == trigger_id))


def last_event(transaction: Transaction) -> int:
    return int(transaction.execute(select(func.coalesce(func.max(events.c.pk), 0))).scalar_one())


def seen_by_all(transaction: Transaction) -> int | None:
    """The last event that every trigger which reads the journal has been shown; None where none reads it."""
    return transaction.execute(select(func.min(triggers.c.seen)).where(_READING)).scalar_one_or_none()


def reading(transaction: Transaction, before: int) -> list[tuple[int, Trigger]]:
    """Those, of all workspaces, that have not been shown the event `before`, with the keys of their rows.

    Nobody else shows them any until the transaction ends.
    """
    behind = select(triggers).where(_READING, triggers.c.seen < before).order_by(triggers.c.pk).with_for_update()
    return [(row.pk, _trigger(row)) for row in transaction.execute(behind)]


def show(transaction: Transaction, pks: Sequence[int], seen: int) -> None:
    """That these have been shown everything up to an event."""
    transaction.execute(update(triggers).where(triggers.c.pk.in_(pks)).values(seen=seen))


def _trigger(row: Row[Any]) -> Trigger:
    return Trigger(**starters.fields(row), rule=pipeline_json.rule(row.rule), secret=row.secret, seen=row.seen)
