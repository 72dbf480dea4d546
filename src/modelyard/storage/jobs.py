import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from modelyard.domain.jobs import Job, JobState
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.jobs import jobs

_OPEN = (JobState.RUNNING.value, JobState.WAITING.value)


def insert_one(transaction: Transaction, job: Job) -> None:
    transaction.execute(
        insert(jobs).values(
            workspace_id=job.workspace_id,
            id=job.id,
            kind=job.kind,
            state=job.state,
            spec=json.dumps(dict(job.spec)),
            progress=json.dumps(dict(job.progress)),
            error=job.error,
            user=job.user,
            created_at=job.created_at,
            updated_at=job.updated_at,
            ended_at=job.ended_at,
        )
    )


def by_id(transaction: Transaction, workspace_id: int, job_id: str) -> Job | None:
    mine = (jobs.c.workspace_id == workspace_id, jobs.c.id == job_id)
    row = transaction.execute(select(jobs).where(*mine)).one_or_none()
    return None if row is None else _job(row)


def newest(transaction: Transaction, workspace_id: int, kind: str | None, limit: int) -> Sequence[Job]:
    statement = select(jobs).where(jobs.c.workspace_id == workspace_id).order_by(jobs.c.pk.desc()).limit(limit)
    if kind is not None:
        statement = statement.where(jobs.c.kind == kind)
    return [_job(row) for row in transaction.execute(statement)]


def oldest_open(transaction: Transaction, kinds: Sequence[str]) -> Job | None:
    """Of all workspaces, the job that is to be worked on: one that was begun comes before one that was not."""
    mine = among(jobs.c.kind, kinds, transaction.dialect.name)
    statement = select(jobs).where(jobs.c.state.in_(_OPEN), mine).order_by(jobs.c.state, jobs.c.pk).limit(1)
    row = transaction.execute(statement).one_or_none()
    return None if row is None else _job(row)


def advance(transaction: Transaction, job_id: str, progress: dict[str, Any], now: int) -> None:
    """Says how far a job has come; in the transaction that does the work, so that they agree after a crash."""
    values = {"state": JobState.RUNNING, "progress": json.dumps(progress), "updated_at": now, "error": ""}
    transaction.execute(update(jobs).where(jobs.c.id == job_id).values(values))


def complain(transaction: Transaction, job_id: str, error: str, now: int) -> None:
    """Says what keeps a job from going on for the moment."""
    transaction.execute(update(jobs).where(jobs.c.id == job_id).values(error=error, updated_at=now))


def end(transaction: Transaction, job_id: str, state: JobState, error: str, now: int) -> None:
    values = {"state": state, "error": error, "updated_at": now, "ended_at": now}
    transaction.execute(update(jobs).where(jobs.c.id == job_id).values(values))


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        workspace_id=row.workspace_id,
        kind=row.kind,
        state=JobState(row.state),
        spec=json.loads(row.spec),
        progress=json.loads(row.progress),
        user=row.user,
        created_at=row.created_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
        error=row.error,
    )
