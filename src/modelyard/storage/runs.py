from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Row, Select, Update, bindparam, select, update

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import Run, RunStatus
from modelyard.storage import key_values
from modelyard.storage.bulk import Bulk, Statement
from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed
from modelyard.storage.prepared import Prepared
from modelyard.storage.tables.tracking import run_tags, runs

NAME_TAG = "mlflow.runName"
"""The tag that mirrors a run's name."""

_INSERT = Bulk(
    """
    INSERT INTO runs (workspace_id, id, experiment_pk, name, "user", status, lifecycle, started_at, ended_at,
                      artifact_uri, version)
    {rows} RETURNING id, pk
    """,
    "int text bigint text text text text bigint bigint text bigint",
)


class RunRow(NamedTuple):
    """A row of `runs`, as far as it is shown."""

    pk: int
    version: int
    linked: int
    id: str
    experiment_pk: int
    name: str
    user: str
    status: str
    lifecycle: str
    started_at: int
    ended_at: int | None
    deleted_at: int | None
    artifact_uri: str


SHOWN = tuple(runs.c[name] for name in RunRow._fields)


_TOUCH = Statement(
    """
    UPDATE runs SET version = version + 1 WHERE id {among} AND workspace_id = ? AND lifecycle = ?
    RETURNING id, pk, experiment_pk
    """,
    of="text",
    postgresql="""
    WITH mine AS (SELECT pk FROM runs WHERE id {among} AND workspace_id = ? AND lifecycle = ? ORDER BY pk FOR UPDATE)
    UPDATE runs SET version = version + 1 FROM mine WHERE runs.pk = mine.pk RETURNING id, runs.pk, experiment_pk
    """,
)
_LOCKED = Statement(
    """
    SELECT pk, id, experiment_pk, name, "user", status, lifecycle, started_at, ended_at, artifact_uri
    FROM runs WHERE id {among} AND workspace_id = ? ORDER BY pk
    """,
    of="text",
    for_update=True,
)
_CHANGE = Bulk(
    "UPDATE runs SET name = ?2, status = ?3, ended_at = ?4, version = version + ?5 WHERE pk = ?1",
    "bigint text text bigint bigint",
    postgresql="""
    UPDATE runs SET name = new.name, status = new.status, ended_at = new.ended_at, version = version + new.more
    FROM ({rows}) AS new (pk, name, status, ended_at, more) WHERE runs.pk = new.pk
    """,
)
_RENAME = Bulk(
    "UPDATE runs SET name = ?2 WHERE pk = ?1",
    "bigint text",
    postgresql="UPDATE runs SET name = new.name FROM ({rows}) AS new (pk, name) WHERE runs.pk = new.pk",
)


def insert(transaction: Transaction, new: Sequence[tuple[int, Run]]) -> Mapping[str, int]:
    """Of runs and their workspaces, the new rows' keys by id."""
    return dict(_INSERT.returning(transaction, [_values(workspace_id, run) for workspace_id, run in new]))


def insert_one(transaction: Transaction, workspace_id: int, run: Run) -> int:
    """The new row's key."""
    return insert(transaction, [(workspace_id, run)])[run.id]


def _values(workspace_id: int, run: Run) -> tuple[Any, ...]:
    return (
        workspace_id,
        run.id,
        int(run.experiment_id),
        run.name,
        run.user,
        run.status.value,
        run.lifecycle.value,
        run.started_at,
        run.ended_at,
        run.artifact_uri,
        0,
    )


def from_row(row: RunRow | Row[Any]) -> Run:
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


def row_of(transaction: Transaction, workspace_id: int, run_id: str) -> RunRow | None:
    found = _by_id(transaction.dialect).rows(transaction, {"run": run_id, "workspace": workspace_id})
    return RunRow._make(found[0]) if found else None


@cache
def _by_id(dialect: Dialect) -> Prepared:
    mine = select(*SHOWN).where(runs.c.id == bindparam("run"), runs.c.workspace_id == bindparam("workspace"))
    return Prepared(mine, dialect)


def rows_of(transaction: Transaction, workspace_id: int, run_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Those that exist."""
    dialect = transaction.dialect.name
    return transaction.execute(_by_ids(dialect), {"ids": listed(run_ids, dialect), "workspace": workspace_id}).all()


@cache
def _by_ids(dialect: str) -> Select[Any]:
    mine = among_bound(runs.c.id, "ids", dialect)
    return select(runs).where(mine, runs.c.workspace_id == bindparam("workspace")).order_by(runs.c.pk)


def by_id(transaction: Transaction, workspace_id: int, run_id: str) -> Run | None:
    row = row_of(transaction, workspace_id, run_id)
    return None if row is None else from_row(row)


def touch(transaction: Transaction, workspace_id: int, run_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Says of active runs that more is logged to them; by id, the keys of their rows and of their experiments'.

    They stay as they are until we commit, whatever other servers on the same database are about.
    """
    found = _TOUCH.among(transaction, run_ids, workspace_id, Lifecycle.ACTIVE.value)
    return {id_: (pk, experiment_pk) for id_, pk, experiment_pk in found}


def locked(transaction: Transaction, workspace_id: int, run_ids: Sequence[str]) -> Mapping[str, tuple[int, Run]]:
    """By id, those that exist with their rows' keys; nobody else changes them until we commit."""
    return {row[1]: (row[0], _run(*row[1:])) for row in _LOCKED.among(transaction, run_ids, workspace_id)}


def _run(id_: str, experiment_pk: int, name: str, user: str, status: str, lifecycle: str, *rest: Any) -> Run:
    return Run(id_, str(experiment_pk), name, user, RunStatus(status), Lifecycle(lifecycle), *rest)


def change(transaction: Transaction, changed: Mapping[int, tuple[Run, int]]) -> None:
    """Stores what may change of runs, by row key, and adds to their versions."""
    rows = [(pk, run.name, run.status.value, run.ended_at, more) for pk, (run, more) in changed.items()]
    _CHANGE.run(transaction, rows)


def rename(transaction: Transaction, names: Mapping[int, str]) -> None:
    """By row key; the tag that mirrors the name is the caller's business."""
    _RENAME.run(transaction, list(names.items()))


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
