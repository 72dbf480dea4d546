"""Tasks of runs. What is asked while a run is under way is written out, past SQLAlchemy: see bulk.py."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, literal_column, select

from modelyard.domain.pipeline_runs import Task, TaskKind, TaskState, Values, to_do_again
from modelyard.storage import pipeline_json
from modelyard.storage.bulk import Bulk, Statement
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.pipelines import REUSABLE, pipeline_runs, pipeline_tasks

_KNOWN = Statement("SELECT id, state, history FROM pipeline_tasks WHERE id {among} AND run_pk = ?", of="text")
REUSABLE_TASKS = REUSABLE.replace("state", "pipeline_tasks.state")
_REUSABLE: ColumnElement[bool] = literal_column(REUSABLE_TASKS)
_AS_THEY_CAME: Sequence[ColumnElement[Any]] = (
    pipeline_tasks.c.created_at,
    pipeline_tasks.c.started_at.is_(None),
    pipeline_tasks.c.started_at,
    pipeline_tasks.c.id,
)
_PUT = Bulk(
    """
    INSERT INTO pipeline_tasks (run_pk, id, workspace_id, parent_id, name, display_name, kind, state, iteration,
                                attempt, fingerprint, body, history, created_at, started_at, ended_at, retry_at)
    {rows}
    ON CONFLICT (run_pk, id) DO UPDATE SET
      display_name = excluded.display_name, state = excluded.state, attempt = excluded.attempt,
      fingerprint = excluded.fingerprint, body = excluded.body, history = excluded.history,
      started_at = excluded.started_at, ended_at = excluded.ended_at, retry_at = excluded.retry_at
    """,
    "bigint text int text text text text text int int text text text bigint bigint bigint bigint",
)
_LINK = Bulk(
    """
    INSERT INTO pipeline_artifacts (run_pk, task_id, direction, name, position, workspace_id, id, schema_title, uri)
    {rows}
    ON CONFLICT (run_pk, task_id, direction, name, position) DO UPDATE SET
      id = excluded.id, schema_title = excluded.schema_title, uri = excluded.uri
    """,
    "bigint text text text int int text text text",
)


def put(transaction: Transaction, workspace_id: int, run_pk: int, tasks: Sequence[Task], at: int) -> None:
    """Adds or replaces, each id once; a state that differs from the one before goes into the task's history."""
    if not tasks:
        return
    known = {row[0]: row[1:] for row in _KNOWN.among(transaction, [task.id for task in tasks], run_pk)}
    _PUT.run(transaction, [_values(workspace_id, run_pk, task, known.get(task.id), at) for task in tasks])
    _LINK.run(transaction, [row for task in tasks for row in _links(workspace_id, run_pk, task)])


def link(transaction: Transaction, workspace_id: int, run_pk: int, task: Task) -> None:
    """Says which artifacts a task has, which are kept from now on, before it is put itself."""
    _LINK.run(transaction, list(_links(workspace_id, run_pk, task)))


def of_run(transaction: Transaction, run_id: str) -> list[Task]:
    """In the order in which they came up."""
    mine = select(pipeline_tasks).join(pipeline_runs).where(pipeline_runs.c.id == run_id)
    found = transaction.execute(mine.order_by(*_AS_THEY_CAME))
    return [_task(row, run_id) for row in found]


def of_runs(transaction: Transaction, run_ids: Sequence[str]) -> Mapping[str, Sequence[Task]]:
    """By run, each in the order in which they came up."""
    mine = select(pipeline_tasks, pipeline_runs.c.id.label("run_id")).select_from(pipeline_tasks.join(pipeline_runs))
    these = mine.where(among(pipeline_runs.c.id, run_ids, transaction.dialect.name))
    found: dict[str, list[Task]] = {one: [] for one in run_ids}
    for row in transaction.execute(these.order_by(*_AS_THEY_CAME)):
        found[row.run_id].append(_task(row, row.run_id))
    return found


def one_of(transaction: Transaction, run_id: str, task_id: str) -> Task | None:
    mine = select(pipeline_tasks).join(pipeline_runs)
    row = transaction.execute(mine.where(pipeline_runs.c.id == run_id, pipeline_tasks.c.id == task_id)).one_or_none()
    return None if row is None else _task(row, run_id)


def reusable(transaction: Transaction, workspace_id: int, pipeline: str, fingerprint: str) -> Task | None:
    """The newest that succeeded with this fingerprint, in runs of pipelines of this name."""
    found = (
        select(pipeline_tasks, pipeline_runs.c.id.label("run_id"))
        .select_from(pipeline_tasks.join(pipeline_runs))
        .where(pipeline_tasks.c.fingerprint == fingerprint, _REUSABLE)
        .where(pipeline_tasks.c.workspace_id == workspace_id, pipeline_runs.c.pipeline == pipeline)
        .order_by(pipeline_tasks.c.ended_at.desc())
        .limit(1)
    )
    row = transaction.execute(found).one_or_none()
    return None if row is None else _task(row, row.run_id)


def begin_again(transaction: Transaction, workspace_id: int, run_pk: int, run_id: str, at: int) -> None:
    """Those that produced nothing are to be done once more; their histories and the numbers of their tries go on."""
    put(transaction, workspace_id, run_pk, to_do_again(of_run(transaction, run_id)), at)


def _values(workspace_id: int, run_pk: int, task: Task, known: Sequence[Any] | None, at: int) -> tuple[Any, ...]:
    before, history = known or ("", "[]")
    if before != task.state:
        history = pipeline_json.with_moment(history, at, task.state, task.error)
    body = pipeline_json.task_body(task.inputs, task.outputs, task.error, task.cached_from, task.log)
    return (
        run_pk,
        task.id,
        workspace_id,
        task.parent_id,
        task.name,
        task.display_name,
        task.kind.value,
        task.state.value,
        task.iteration,
        task.attempt,
        task.fingerprint,
        body,
        history,
        task.created_at,
        task.started_at,
        task.ended_at,
        task.retry_at,
    )


def _links(workspace_id: int, run_pk: int, task: Task) -> Iterator[tuple[Any, ...]]:
    """What it read and, once it is known, what it made."""
    made = task.outputs if task.state.produced else Values()
    for direction, values in (("input", task.inputs), ("output", made)):
        for name, artifacts in values.artifacts.items():
            for position, one in enumerate(artifacts):
                what = (one.id, one.schema_title, one.uri)
                yield (run_pk, task.id, direction, name, position, workspace_id, *what)


def _task(row: Row[Any], run_id: str) -> Task:
    parts: Mapping[str, Any] = pipeline_json.task_parts(row.body)
    return Task(
        id=row.id,
        run_id=run_id,
        parent_id=row.parent_id,
        name=row.name,
        display_name=row.display_name,
        kind=TaskKind(row.kind),
        state=TaskState(row.state),
        created_at=row.created_at,
        iteration=row.iteration,
        attempt=row.attempt,
        started_at=row.started_at,
        ended_at=row.ended_at,
        retry_at=row.retry_at,
        fingerprint=row.fingerprint,
        history=pipeline_json.moments(row.history),
        **parts,
    )
