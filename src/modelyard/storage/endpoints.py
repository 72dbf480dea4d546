from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select, and_, delete, insert, select, update

from modelyard.domain.endpoints import Endpoint, EndpointDetail, Phase, Revision, Status
from modelyard.storage.database import Transaction
from modelyard.storage.tables.endpoints import endpoint_status, endpoints, revisions
from modelyard.storage.upserts import insert_into

_SERVING = "serving"
_REMOVED = "removed"


def details(transaction: Transaction, workspace_id: int, name: str | None = None) -> Sequence[EndpointDetail]:
    """By name; those on their way out too."""
    statement = _joined().where(endpoints.c.workspace_id == workspace_id).order_by(endpoints.c.name)
    if name is not None:
        statement = statement.where(endpoints.c.name == name)
    return [_detail(row) for row in transaction.execute(statement)]


def put(transaction: Transaction, workspace_id: int, name: str, revision: Revision) -> None:
    """Wants `revision` of the endpoint, which is made when it is new; its number is set to the next free one."""
    row = _row(transaction, workspace_id, name)
    now = revision.created_at
    if row is None:
        made = transaction.execute(
            insert(endpoints).values(
                workspace_id=workspace_id, name=name, revision=0, desired=_SERVING, created_at=now, updated_at=now
            )
        ).inserted_primary_key
        pk, number = int(made[0]) if made is not None else 0, 1
        transaction.execute(
            insert(endpoint_status).values(endpoint_pk=pk, workspace_id=workspace_id, **asdict(Status(updated_at=now)))
        )
    else:
        pk, number = row.pk, row.revision + 1
    transaction.execute(
        insert(revisions).values(
            endpoint_pk=pk,
            number=number,
            workspace_id=workspace_id,
            model_uri=revision.model_uri,
            location=revision.location,
            model_version=revision.model_version,
            environment=revision.environment,
            created_at=now,
        )
    )
    wanted = {"revision": number, "desired": _SERVING, "updated_at": now}
    transaction.execute(update(endpoints).where(endpoints.c.pk == pk).values(wanted))


def remove(transaction: Transaction, workspace_id: int, name: str, now: int) -> None:
    """Says that the endpoint is not wanted any more; it goes once nothing of it runs."""
    mine = and_(endpoints.c.workspace_id == workspace_id, endpoints.c.name == name)
    transaction.execute(update(endpoints).where(mine).values(desired=_REMOVED, updated_at=now))


def forget(transaction: Transaction, workspace_id: int, name: str) -> None:
    """Deletes an endpoint that is not wanted any more."""
    mine = and_(endpoints.c.workspace_id == workspace_id, endpoints.c.name == name, endpoints.c.desired == _REMOVED)
    transaction.execute(delete(endpoints).where(mine))


def report(transaction: Transaction, workspace_id: int, name: str, status: Status) -> None:
    row = _row(transaction, workspace_id, name)
    if row is None:
        return
    values = asdict(status)
    statement = insert_into(endpoint_status, transaction)
    transaction.execute(
        statement.values(endpoint_pk=row.pk, workspace_id=workspace_id, **values).on_conflict_do_update(
            index_elements=["endpoint_pk"], set_=values
        )
    )


def _row(transaction: Transaction, workspace_id: int, name: str) -> Row[Any] | None:
    mine = and_(endpoints.c.workspace_id == workspace_id, endpoints.c.name == name)
    return transaction.execute(select(endpoints).where(mine).with_for_update()).one_or_none()


def _joined() -> Select[Any]:
    wanted = and_(revisions.c.endpoint_pk == endpoints.c.pk, revisions.c.number == endpoints.c.revision)
    return (
        select(
            endpoints.c.name,
            endpoints.c.desired,
            endpoints.c.created_at.label("made_at"),
            endpoints.c.updated_at.label("changed_at"),
            revisions,
            endpoint_status,
        )
        .join(revisions, wanted)
        .join(endpoint_status, endpoint_status.c.endpoint_pk == endpoints.c.pk)
    )


def _detail(row: Row[Any]) -> EndpointDetail:
    revision = Revision(
        row.number, row.model_uri, row.location, row.model_version, row.environment, created_at=row.created_at
    )
    endpoint = Endpoint(row.name, revision, row.desired == _REMOVED, row.made_at, row.changed_at)
    status = Status(
        phase=Phase(row.phase),
        serving_revision=row.serving_revision,
        reason=row.reason,
        message=row.message,
        exit_code=row.exit_code,
        log_tail=row.log_tail,
        probe=row.probe,
        restarts=row.restarts,
        updated_at=row.updated_at,
    )
    return EndpointDetail(endpoint, status)
