from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    types,
    update,
)

from modelyard.domain.listing import Listing
from modelyard.domain.pipeline_runs import Failure, PipelineRun, RunState
from modelyard.storage import keyset, pipeline_documents, pipeline_json
from modelyard.storage.bulk import Statement
from modelyard.storage.database import Transaction
from modelyard.storage.listing import Shelf
from modelyard.storage.members import among
from modelyard.storage.tables.pipelines import OPEN, SCHEDULED, pipeline_runs
from modelyard.storage.tables.pipelines import pipeline_documents as documents

_SHELF = Shelf(
    pipeline_runs.c.pk,
    {
        **{name: pipeline_runs.c[name] for name in ("id", "name", "description", "state", "pipeline_id", "version_id")},
        **{name: pipeline_runs.c[name] for name in ("created_at", "scheduled_at", "started_at", "ended_at")},
        "experiment_id": cast(pipeline_runs.c.experiment_pk, types.Text),
        "called": pipeline_runs.c.name + " " + pipeline_runs.c.pipeline + " " + pipeline_runs.c.id,
        "schedule_id": pipeline_runs.c.schedule_id,
        "trigger_id": pipeline_runs.c.trigger_id,
        "archived": case((pipeline_runs.c.archived == 1, "true"), else_="false"),
    },
    nullable=frozenset({"started_at", "ended_at"}),
)
_ITS_DOCUMENT = and_(
    documents.c.workspace_id == pipeline_runs.c.workspace_id, documents.c.digest == pipeline_runs.c.digest
)
_OPEN: ColumnElement[bool] = literal_column(OPEN)


def insert_one(transaction: Transaction, run: PipelineRun) -> None:
    transaction.execute(
        insert(pipeline_runs).values(
            workspace_id=run.workspace_id,
            id=run.id,
            experiment_pk=int(run.experiment_id),
            name=run.name,
            description=run.description,
            state=run.state,
            archived=int(run.archived),
            doomed=0,
            user=run.user,
            pipeline=run.pipeline,
            pipeline_id=run.pipeline_id,
            version_id=run.version_id,
            schedule_id=run.schedule_id,
            trigger_id=run.trigger_id,
            service_account=run.service_account,
            pipeline_root=run.pipeline_root,
            tracking_run_id=run.tracking_run_id,
            parameters=pipeline_json.text(run.parameters),
            error=pipeline_json.error_text(run.error),
            history=pipeline_json.text(run.history),
            digest=pipeline_documents.put(transaction, run.workspace_id, run.document),
            fence=0,
            created_at=run.created_at,
            scheduled_at=run.scheduled_at,
            started_at=run.started_at,
            ended_at=run.ended_at,
        )
    )


def by_id(transaction: Transaction, workspace_id: int, run_id: str) -> PipelineRun | None:
    """With its document."""
    with_document = _mine(workspace_id).add_columns(documents.c.body).join(documents, _ITS_DOCUMENT)
    row = transaction.execute(with_document.where(pipeline_runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row, {row.digest: row.body})


def find(
    transaction: Transaction, workspace_id: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[PipelineRun], int, list[keyset.Scalar] | None]:
    """With their documents."""
    experiment = next((one.value for one in listing.filter if one.key == "experiment_id"), None)
    mine = _mine(workspace_id)
    if isinstance(experiment, str) and experiment.isdecimal():  # said as its index has it, too
        mine = mine.where(pipeline_runs.c.experiment_pk == int(experiment))
    rows, total, last = _SHELF.find(transaction, mine, listing, after)
    bodies = pipeline_documents.read(transaction, [row.digest for row in rows])
    return [_run(row, bodies) for row in rows], total, last


def named(transaction: Transaction, workspace_id: int, run_ids: Sequence[str]) -> Sequence[PipelineRun]:
    """Those there are of these, in this order, without their documents."""
    these = _mine(workspace_id).where(among(pipeline_runs.c.id, run_ids, transaction.dialect.name))
    found = {row.id: _run(row, {}) for row in transaction.execute(these)}
    return [found[one] for one in run_ids if one in found]


def open_runs(transaction: Transaction) -> Sequence[tuple[PipelineRun, str]]:
    """Of all workspaces, the oldest first, without their documents but with the digests of these."""
    rows = transaction.execute(select(pipeline_runs).where(_OPEN))  # SQLite would go through all to have them in order
    return [(_run(row, {}), row.digest) for row in sorted(rows, key=lambda row: int(row.pk))]


def with_document(run: PipelineRun, body: bytes) -> PipelineRun:
    return replace(run, document=body)


def claim(transaction: Transaction, run_id: str) -> int | None:
    """A fence larger than any before."""
    next_ = update(pipeline_runs).where(pipeline_runs.c.id == run_id).values(fence=pipeline_runs.c.fence + 1)
    return transaction.execute(next_.returning(pipeline_runs.c.fence)).scalar_one_or_none()


def state_of(transaction: Transaction, run_id: str) -> RunState | None:
    found = transaction.execute(select(pipeline_runs.c.state).where(pipeline_runs.c.id == run_id)).scalar_one_or_none()
    return None if found is None else RunState(found)


class Locked(NamedTuple):
    """What is asked of a run before it is changed, which each step does several times."""

    pk: int
    workspace_id: int
    state: str
    fence: int
    tracking_run_id: str
    doomed: int
    history: str
    started_at: int | None
    digest: str


_LOCKED = Statement(
    f"SELECT {', '.join(Locked._fields)} FROM pipeline_runs WHERE id {{among}}",  # noqa: S608 - names of ours
    of="text",
    for_update=True,
)


def locked(transaction: Transaction, run_id: str) -> Locked | None:
    """Its row, which nobody else changes until the transaction ends; those that are to be deleted too."""
    found = _LOCKED.among(transaction, [run_id])
    return Locked(*found[0]) if found else None


def held(transaction: Transaction, run_id: str) -> bool:
    """Whether it is there; then nobody deletes it until the transaction ends."""
    mine = select(pipeline_runs.c.pk).where(pipeline_runs.c.id == run_id)
    return transaction.execute(mine.with_for_update(read=True)).one_or_none() is not None


def move(transaction: Transaction, row: Locked, state: RunState, at: int, error: Failure | None = None) -> None:
    """`row` is what `locked` answered."""
    values: dict[str, Any] = {
        "state": state,
        "history": pipeline_json.with_moment(row.history, at, state, error),
        "error": pipeline_json.error_text(error),
        "ended_at": at if state.ended else None,
    }
    if row.started_at is None and state is not RunState.PENDING:
        values["started_at"] = at
    transaction.execute(update(pipeline_runs).where(pipeline_runs.c.pk == row.pk).values(values))


def change(transaction: Transaction, pk: int, values: Mapping[str, Any]) -> None:
    """`values` by column."""
    transaction.execute(update(pipeline_runs).where(pipeline_runs.c.pk == pk).values(values))


def archive_all(transaction: Transaction, experiment_pk: int) -> None:
    mine = and_(pipeline_runs.c.experiment_pk == experiment_pk, pipeline_runs.c.archived == 0)
    transaction.execute(update(pipeline_runs).where(mine).values(archived=1))


def remove(transaction: Transaction, row: Locked) -> None:
    """With its tasks."""
    transaction.execute(delete(pipeline_runs).where(pipeline_runs.c.pk == row.pk))
    pipeline_documents.sweep(transaction, row.workspace_id, [row.digest])


def open_of_schedule(transaction: Transaction, schedule_id: str) -> int:
    mine = and_(pipeline_runs.c.schedule_id == schedule_id, literal_column(SCHEDULED), _OPEN)
    return int(transaction.execute(select(func.count()).select_from(pipeline_runs).where(mine)).scalar_one())


def open_of_trigger(transaction: Transaction, trigger_id: str) -> int:
    # As an expression, so that SQLite looks among the open runs, and not among all that it has ever started.
    mine = and_(pipeline_runs.c.trigger_id + "" == trigger_id, _OPEN)
    return int(transaction.execute(select(func.count()).select_from(pipeline_runs).where(mine)).scalar_one())


def newest_by_experiment(transaction: Transaction, experiment_pks: Sequence[int]) -> Mapping[int, int]:
    """When the last run of each was created; those without are absent."""
    newest = func.max(pipeline_runs.c.created_at)
    found = select(pipeline_runs.c.experiment_pk, newest.label("at")).where(
        among(pipeline_runs.c.experiment_pk, experiment_pks, transaction.dialect.name)
    )
    return {row.experiment_pk: row.at for row in transaction.execute(found.group_by(pipeline_runs.c.experiment_pk))}


def _mine(workspace_id: int) -> Select[Any]:
    return select(pipeline_runs).where(pipeline_runs.c.workspace_id == workspace_id, pipeline_runs.c.doomed == 0)


def _run(row: Row[Any], bodies: Mapping[str, bytes]) -> PipelineRun:
    return PipelineRun(
        id=row.id,
        workspace_id=row.workspace_id,
        experiment_id=str(row.experiment_pk),
        name=row.name,
        description=row.description,
        state=RunState(row.state),
        user=row.user,
        created_at=row.created_at,
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        archived=bool(row.archived),
        pipeline=row.pipeline,
        pipeline_id=row.pipeline_id,
        version_id=row.version_id,
        schedule_id=row.schedule_id,
        trigger_id=row.trigger_id,
        service_account=row.service_account,
        pipeline_root=row.pipeline_root,
        parameters=pipeline_json.decoded(row.parameters),
        error=pipeline_json.failure(row.error),
        history=pipeline_json.moments(row.history),
        document=bodies.get(row.digest, b""),
        tracking_run_id=row.tracking_run_id,
    )
