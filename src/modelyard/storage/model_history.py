"""Moves of aliases and stages, read from the events."""

import json
from typing import Any

from sqlalchemy import Row, select

from modelyard.domain.models import Move
from modelyard.storage.database import Transaction
from modelyard.storage.tables.system import events

KIND = "model"
ALIAS_MOVED = "alias.moved"
STAGE_MOVED = "stage.moved"
CREATED = "model.created"
RENAMED = "model.renamed"


def moves(transaction: Transaction, workspace_id: int, name: str, before: int | None, limit: int) -> list[Move]:
    """Newest first, of the model last called `name` also under its earlier names; of older ones so called, none.

    A rename is recorded for the new name first, so that following it back does not meet the other record.
    """
    found: list[Move] = []
    while True:
        rows = _page(transaction, workspace_id, name, before, limit)
        for row in rows:
            detail = json.loads(row.detail)
            before = row.pk
            if row.action == CREATED or len(found) == limit:
                return found
            if row.action == RENAMED and detail["before"] == name:
                return found
            if row.action == RENAMED:
                name = detail["before"]
                break
            found.append(_move(row, detail))
        else:
            if len(rows) < limit:
                return found


def _page(transaction: Transaction, workspace_id: int, name: str, before: int | None, limit: int) -> list[Row[Any]]:
    statement = select(events).where(
        events.c.workspace_id == workspace_id,
        events.c.kind == KIND,
        events.c.subject == name,
        events.c.action.in_((ALIAS_MOVED, STAGE_MOVED, CREATED, RENAMED)),
    )
    if before is not None:
        statement = statement.where(events.c.pk < before)
    return list(transaction.execute(statement.order_by(events.c.pk.desc()).limit(limit)))


def _move(row: Row[Any], detail: dict[str, Any]) -> Move:
    return Move(
        at=row.at,
        actor=row.actor,
        alias=detail.get("alias"),
        version=detail.get("version"),
        before=_text(detail["before"]),
        after=_text(detail["after"]),
        id=row.pk,
    )


def _text(place: str | int | None) -> str | None:
    return None if place is None else str(place)
