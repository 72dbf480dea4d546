from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Update, bindparam, insert, select, update

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import Run, RunChange, RunStatus
from modelyard.storage import key_values
from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed
from modelyard.storage.tables.tracking import run_tags, runs

NAME_TAG = "mlflow.runName"
"""The tag that mirrors a run's name."""

_INSERT = insert(runs)
_BY_ID = select(runs).where(runs.c.id == bindparam("run"), runs.c.workspace_id == bindparam("workspace"))


def insert_one(transaction: Transaction, workspace_id: int, run: Run) -> int:
    """The new row's key."""
    values = {
        "workspace_id": workspace_id,
        "id": run.id,
        "experiment_pk": int(run.experiment_id),
        "name": run.name,
        "user": run.user,
        "status": run.status,
        "lifecycle": run.lifecycle,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "artifact_uri": run.artifact_uri,
        "version": 0,
    }
    made = transaction.execute(_INSERT, values).inserted_primary_key
    return int(made[0]) if made is not None else 0


def from_row(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        experiment_id=str(row.experiment_pk),
        name=row.name,
        user=row.user,
        status=RunStatus(row.status),
        lifecycle=Lifecycle(row.lifecycle),
        started_at=row.started_at,
        ended_at=row.ended_at,
        artifact_uri=row.artifact_uri,
    )


def row_of(transaction: Transaction, workspace_id: int, run_id: str) -> Row[Any] | None:
    return transaction.execute(_BY_ID, {"run": run_id, "workspace": workspace_id}).one_or_none()


def rows_of(
    transaction: Transaction, workspace_id: int, run_ids: Sequence[str], *, lock: bool = False
) -> Sequence[Row[Any]]:
    """Those that exist. `lock` keeps other servers on the same database from changing them until we commit."""
    dialect = transaction.dialect.name
    wanted = {"ids": listed(run_ids, dialect), "workspace": workspace_id}
    return transaction.execute(_by_ids(dialect, lock=lock), wanted).all()


@cache
def _by_ids(dialect: str, *, lock: bool) -> Select[Any]:
    mine = among_bound(runs.c.id, "ids", dialect)
    statement = select(runs).where(mine, runs.c.workspace_id == bindparam("workspace")).order_by(runs.c.pk)
    return statement.with_for_update() if lock else statement


def by_id(transaction: Transaction, workspace_id: int, run_id: str) -> Run | None:
    row = row_of(transaction, workspace_id, run_id)
    return None if row is None else from_row(row)


def rename(transaction: Transaction, names: Mapping[int, str]) -> None:
    """By row key; the tag that mirrors the name is the caller's business."""
    statement = update(runs).where(runs.c.pk == bindparam("of")).values(name=bindparam("to"))
    transaction.execute(statement, [{"of": pk, "to": name} for pk, name in names.items()])


def change(transaction: Transaction, workspace_id: int, pk: int, wanted: RunChange) -> None:
    """Changes what is not None; a new name goes to the tag that mirrors it too."""
    values: dict[str, Any] = {}
    if wanted.status is not None:
        values["status"] = wanted.status
    if wanted.ended_at is not None:
        values["ended_at"] = wanted.ended_at
    if wanted.name:
        values["name"] = wanted.name
        put_tags(transaction, workspace_id, pk, [(NAME_TAG, wanted.name)])
        outdate(transaction, [pk])
    if values:
        transaction.execute(_change(frozenset(values)), {"of": pk, **{f"new_{key}": values[key] for key in values}})


@cache
def _change(columns: frozenset[str]) -> Update:
    return update(runs).where(runs.c.pk == bindparam("of")).values({key: bindparam(f"new_{key}") for key in columns})


def move(transaction: Transaction, pk: int, lifecycle: Lifecycle, now: int) -> None:
    deleted_at = now if lifecycle is Lifecycle.DELETED else None
    transaction.execute(update(runs).where(runs.c.pk == pk).values(lifecycle=lifecycle, deleted_at=deleted_at))


def put_tags(transaction: Transaction, workspace_id: int, pk: int, tags: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, run_tags, workspace_id, [(pk, key, value) for key, value in tags])


def tag_of(transaction: Transaction, pk: int, key: str) -> str | None:
    return key_values.read(transaction, run_tags, [pk]).get(pk, {}).get(key)


def remove_tag(transaction: Transaction, pk: int, key: str) -> bool:
    """Whether there was one to remove."""
    removed = key_values.remove(transaction, run_tags, pk, key)
    outdate(transaction, [pk])
    return removed


def outdate(transaction: Transaction, pks: Sequence[int]) -> None:
    """Says that the documents of these runs no longer show what is logged."""
    dialect = transaction.dialect.name
    transaction.execute(_outdate(dialect), {"pks": listed(pks, dialect)})


@cache
def _outdate(dialect: str) -> Update:
    return update(runs).where(among_bound(runs.c.pk, "pks", dialect)).values(version=runs.c.version + 1)
