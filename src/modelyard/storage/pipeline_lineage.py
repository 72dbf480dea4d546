from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, or_, select

from modelyard.domain.endpoints import Wanted
from modelyard.domain.lineage import CacheSource, Made, Use
from modelyard.storage.database import Transaction
from modelyard.storage.files import below
from modelyard.storage.members import among
from modelyard.storage.pipeline_tasks import REUSABLE_TASKS
from modelyard.storage.tables.endpoints import endpoints, revisions
from modelyard.storage.tables.pipelines import pipeline_artifacts as artifacts
from modelyard.storage.tables.pipelines import pipeline_runs as runs
from modelyard.storage.tables.pipelines import pipeline_tasks as tasks
from modelyard.storage.tables.registry import model_versions as versions
from modelyard.storage.tables.registry import models

MOST = 1000


def uses(transaction: Transaction, workspace_id: int, artifact_id: str) -> tuple[list[Use], str, str]:
    """Who made and read an artifact, up to 1,000; where it is, and its type."""
    of_task = and_(tasks.c.run_pk == artifacts.c.run_pk, tasks.c.id == artifacts.c.task_id)
    found = (
        select(artifacts, runs.c.id.label("run_id"), runs.c.name.label("run_name"), tasks.c.name.label("task_name"))
        .select_from(artifacts.join(runs, runs.c.pk == artifacts.c.run_pk).join(tasks, of_task))
        .where(artifacts.c.workspace_id == workspace_id, artifacts.c.id == artifact_id, runs.c.doomed == 0)
        .order_by(tasks.c.created_at, artifacts.c.direction.desc(), artifacts.c.task_id)
        .limit(MOST)
    )
    rows = transaction.execute(found).all()
    used = [Use(row.run_id, row.run_name, row.task_id, row.task_name, row.direction, row.name) for row in rows]
    return used, rows[0].uri if rows else "", rows[0].schema_title if rows else ""


def cache_source(transaction: Transaction, workspace_id: int, fingerprint: str, task_id: str) -> CacheSource | None:
    """The task of this id, among those that others may take the outputs of."""
    found = (
        select(runs.c.id.label("run_id"), runs.c.name.label("run_name"), tasks.c.id, tasks.c.name)
        .select_from(tasks.join(runs, runs.c.pk == tasks.c.run_pk))
        .where(tasks.c.fingerprint == fingerprint, literal_column(REUSABLE_TASKS), tasks.c.id == task_id)
        .where(tasks.c.workspace_id == workspace_id, runs.c.doomed == 0)
        .order_by(tasks.c.ended_at)
        .limit(1)
    )
    row = transaction.execute(found).one_or_none()
    return None if row is None else CacheSource(row.run_id, row.run_name, row.id, row.name)


def registered_of(transaction: Transaction, workspace_id: int, uris: Sequence[str]) -> list[Made]:
    """Model versions whose files are one of these artifacts, or within one."""
    within = [or_(versions.c.location == uri, below(versions.c.location, uri)) for uri in uris if uri]
    return _made(transaction, workspace_id, or_(*within)) if within else []


def registered_by(transaction: Transaction, workspace_id: int, run_ids: Sequence[str]) -> list[Made]:
    """Model versions that tracking runs registered."""
    return _made(transaction, workspace_id, among(versions.c.run_id, run_ids, transaction.dialect.name))


def _made(transaction: Transaction, workspace_id: int, which: ColumnElement[bool]) -> list[Made]:
    found = (
        select(versions, models.c.name)
        .join(models, models.c.pk == versions.c.model_pk)
        .where(versions.c.workspace_id == workspace_id, which)
        .order_by(models.c.name, versions.c.number)
        .limit(MOST)
    )
    rows = transaction.execute(found).all()
    serving = _serving(transaction, workspace_id, sorted({row.location for row in rows}))
    return [Made(row.name, row.number, row.source, tuple(serving.get(row.location, ()))) for row in rows]


def _serving(transaction: Transaction, workspace_id: int, locations: Sequence[str]) -> dict[str, list[str]]:
    """By location, names of the endpoints that serve what is there."""
    found: dict[str, list[str]] = defaultdict(list)
    if not locations:
        return found
    statement: Any = (
        select(revisions.c.location, endpoints.c.name)
        .join(endpoints, endpoints.c.pk == revisions.c.endpoint_pk)
        .where(endpoints.c.workspace_id == workspace_id, endpoints.c.desired != Wanted.REMOVED)
        .where(revisions.c.in_use == 1, among(revisions.c.location, locations, transaction.dialect.name))
        .distinct()
        .order_by(endpoints.c.name)
    )
    for row in transaction.execute(statement):
        found[row.location].append(row.name)
    return found
