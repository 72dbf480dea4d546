"""What rows of schedules and triggers have in common: both start runs of a pipeline by themselves."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, case, cast, select, types, update

from modelyard.domain.schedules import Schedule
from modelyard.domain.triggers import Trigger
from modelyard.storage.database import Transaction

_PLAIN = ("id", "name", "description", "pipeline_id", "version_id", "created_at", "updated_at")
_SAME = (*_PLAIN, "workspace_id", "user", "runs", "error")
"""Kept as they are."""


def shown(table: Table) -> dict[str, ColumnElement[Any]]:
    """What they are filtered and sorted by."""
    return {
        **{name: table.c[name] for name in _PLAIN},
        "experiment_id": cast(table.c.experiment_pk, types.Text),
        "enabled": case((table.c.enabled == 1, "true"), else_="false"),
    }


def mine(table: Table, workspace_id: int) -> Select[Any]:
    return select(table).where(table.c.workspace_id == workspace_id)


def values(one: Schedule | Trigger) -> dict[str, Any]:
    """By column."""
    same = {name: getattr(one, name) for name in _SAME}
    return {**same, "experiment_pk": int(one.experiment_id), "enabled": int(one.enabled)}


def fields(row: Row[Any]) -> dict[str, Any]:
    """By field."""
    same = {name: getattr(row, name) for name in _SAME}
    return {**same, "experiment_id": str(row.experiment_pk), "enabled": bool(row.enabled)}


def change(transaction: Transaction, table: Table, id_: str, changed: Mapping[str, Any]) -> None:
    """`changed` by column."""
    transaction.execute(update(table).where(table.c.id == id_).values(changed))
