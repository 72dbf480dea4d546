from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, Select, and_, case, delete, func, insert, or_, select, update

from modelyard.domain.endpoint_status import EndpointDetail, RevisionStatus, Status
from modelyard.domain.endpoints import Endpoint, Revision, Wanted
from modelyard.domain.rollouts import Rollout
from modelyard.domain.serving_options import ServingOptions
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.endpoints import endpoint_status, endpoints, revision_status, revisions, rollouts
from modelyard.storage.upserts import insert_into

T = TypeVar("T")


def details(
    transaction: Transaction, workspace_id: int, names: Sequence[str] | None = None, model: str | None = None
) -> Sequence[EndpointDetail]:
    """All, or those of these names, by name; those on their way out too.

    Of the revisions only those in use, of `model` where it is given.
    """
    mine = endpoints.c.workspace_id == workspace_id
    if names is not None:
        mine = and_(mine, among(endpoints.c.name, names, transaction.dialect.name))
    found = select(endpoints, endpoint_status.c.document.label("status")).join(endpoint_status).where(mine)
    rows = transaction.execute(found.order_by(endpoints.c.name)).all()
    shared_out = select(rollouts).join(endpoints).where(mine).order_by(rollouts.c.model)
    in_use = _with_status().where(mine, revisions.c.in_use == 1).order_by(revisions.c.number)
    if model is not None:
        shared_out, in_use = shared_out.where(rollouts.c.model == model), in_use.where(revisions.c.model == model)
    by_model: dict[int, dict[str, Rollout]] = defaultdict(dict)
    for row in transaction.execute(shared_out):
        by_model[row.endpoint_pk][row.model] = _decoded(row.document, Rollout)
    used: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in transaction.execute(in_use):
        used[row.endpoint_pk].append(row)
    return [_detail(row, by_model[row.pk], used[row.pk]) for row in rows]


def history(
    transaction: Transaction, workspace_id: int, name: str, limit: int
) -> Sequence[tuple[Revision, RevisionStatus]]:
    """Revisions of an endpoint, those in use or not, the newest first."""
    mine = and_(endpoints.c.workspace_id == workspace_id, endpoints.c.name == name)
    found = _with_status().where(mine).order_by(revisions.c.number.desc()).limit(limit)
    return [(_revision(row), _revision_status(row)) for row in transaction.execute(found)]


def fingerprint(transaction: Transaction, workspace_id: int) -> tuple[object, ...]:
    """Another one whenever something else is wanted of some endpoint."""
    seen = select(func.count(), func.sum(endpoints.c.generation), func.max(endpoints.c.updated_at))
    return tuple(transaction.execute(seen.where(endpoints.c.workspace_id == workspace_id)).one())


def generations(transaction: Transaction, workspace_id: int) -> Mapping[str, int]:
    """Of which generation each endpoint is."""
    seen = select(endpoints.c.name, endpoints.c.generation).where(endpoints.c.workspace_id == workspace_id)
    return {row.name: row.generation for row in transaction.execute(seen)}


def lock(transaction: Transaction, workspace_id: int, name: str) -> int | None:
    """The key of an endpoint's row, which nobody else changes until the transaction ends; None where there is none."""
    mine = and_(endpoints.c.workspace_id == workspace_id, endpoints.c.name == name)
    return transaction.execute(select(endpoints.c.pk).where(mine).with_for_update()).scalar_one_or_none()


def create(transaction: Transaction, workspace_id: int, name: str, now: int) -> int:
    """An endpoint without a model; answers its key."""
    values = {"workspace_id": workspace_id, "name": name, "revision": 0, "generation": 0}
    made = transaction.execute(
        insert(endpoints).values(**values, desired=Wanted.SERVING, created_at=now, updated_at=now)
    ).inserted_primary_key
    pk = int(made[0]) if made is not None else 0
    status = _encoded(Status(updated_at=now))
    transaction.execute(insert(endpoint_status).values(endpoint_pk=pk, workspace_id=workspace_id, document=status))
    return pk


def add_revision(transaction: Transaction, workspace_id: int, pk: int, revision: Revision) -> int:
    """Gives it the endpoint's next number, and answers that."""
    number = int(transaction.execute(select(endpoints.c.revision).where(endpoints.c.pk == pk)).scalar_one()) + 1
    transaction.execute(update(endpoints).where(endpoints.c.pk == pk).values(revision=number))
    transaction.execute(
        insert(revisions).values(
            endpoint_pk=pk,
            number=number,
            workspace_id=workspace_id,
            model=revision.model,
            model_uri=revision.model_uri,
            location=revision.location,
            model_version=revision.model_version,
            options=_encoded(revision.options),
            in_use=1,
            created_at=revision.created_at,
        )
    )
    return number


def put_rollout(transaction: Transaction, workspace_id: int, pk: int, model: str, rollout: Rollout) -> None:
    """Which revisions of the model get which share from now on."""
    values = {"document": _encoded(rollout)}
    keys = {"endpoint_pk": pk, "model": model, "workspace_id": workspace_id}
    _upsert(transaction, rollouts, keys, values, ["endpoint_pk", "model"])
    of_model = and_(revisions.c.endpoint_pk == pk, revisions.c.model == model)
    newest = select(func.max(revisions.c.number)).where(of_model).scalar_subquery()
    named = among(revisions.c.number, sorted(rollout.named), transaction.dialect.name)
    in_use = case((or_(named, revisions.c.number == newest), 1), else_=0)
    transaction.execute(update(revisions).where(of_model).values(in_use=in_use))


def remove_rollout(transaction: Transaction, pk: int, model: str) -> None:
    """The model is not wanted on the endpoint any more."""
    transaction.execute(delete(rollouts).where(rollouts.c.endpoint_pk == pk, rollouts.c.model == model))
    of_model = and_(revisions.c.endpoint_pk == pk, revisions.c.model == model)
    transaction.execute(update(revisions).where(of_model).values(in_use=0))


def want(
    transaction: Transaction,
    pk: int,
    now: int,
    wanted: Wanted | None = None,
    attributes: Mapping[str, str] | None = None,
) -> None:
    """Counts a change of what is wanted; `wanted` and `attributes` are left as they are when they are not given."""
    values: dict[str, object] = {"generation": endpoints.c.generation + 1, "updated_at": now}
    if wanted is not None:
        values["desired"] = wanted
    if attributes is not None:
        values["attributes"] = _encoded(attributes)
    transaction.execute(update(endpoints).where(endpoints.c.pk == pk).values(**values))


def forget(transaction: Transaction, workspace_id: int, name: str) -> None:
    """Deletes an endpoint that is not wanted any more."""
    mine = and_(endpoints.c.workspace_id == workspace_id, endpoints.c.name == name)
    transaction.execute(delete(endpoints).where(mine, endpoints.c.desired == Wanted.REMOVED))


def put_status(transaction: Transaction, pk: int, status: Status) -> Status:
    """Answers the one before."""
    mine = endpoint_status.c.endpoint_pk == pk
    before = transaction.execute(select(endpoint_status.c.document).where(mine)).scalar_one()
    transaction.execute(update(endpoint_status).where(mine).values(document=_encoded(status)))
    return _decoded(before, Status)


def put_revision_status(transaction: Transaction, workspace_id: int, pk: int, seen: RevisionStatus) -> None:
    keys = {"endpoint_pk": pk, "number": seen.number, "workspace_id": workspace_id}
    _upsert(transaction, revision_status, keys, {"document": _encoded(seen)}, ["endpoint_pk", "number"])


def models_of(transaction: Transaction, pk: int, numbers: Sequence[int]) -> Mapping[int, str]:
    """Of those of these revisions that there are, the models."""
    these = among(revisions.c.number, numbers, transaction.dialect.name)
    found = select(revisions.c.number, revisions.c.model).where(revisions.c.endpoint_pk == pk, these)
    return {row.number: row.model for row in transaction.execute(found)}


def _with_status() -> Select[Any]:
    same = and_(
        revision_status.c.endpoint_pk == revisions.c.endpoint_pk, revision_status.c.number == revisions.c.number
    )
    joined = revisions.join(endpoints, endpoints.c.pk == revisions.c.endpoint_pk).outerjoin(revision_status, same)
    return select(revisions, revision_status.c.document).select_from(joined)


def _upsert(
    transaction: Transaction, table: Any, keys: Mapping[str, object], values: Mapping[str, object], index: list[str]
) -> None:
    statement: Any = insert_into(table, transaction)
    transaction.execute(
        statement.values(**keys, **values).on_conflict_do_update(index_elements=index, set_=dict(values))
    )


def _detail(row: Row[Any], shared_out: Mapping[str, Rollout], used: Sequence[Row[Any]]) -> EndpointDetail:
    endpoint = Endpoint(
        name=row.name,
        rollouts=shared_out,
        revisions=tuple(_revision(one) for one in used),
        wanted=Wanted(row.desired),
        generation=row.generation,
        created_at=row.created_at,
        updated_at=row.updated_at,
        attributes=_decoded(row.attributes, dict[str, str]),
    )
    return EndpointDetail(endpoint, _decoded(row.status, Status), tuple(_revision_status(one) for one in used))


def _revision(row: Row[Any]) -> Revision:
    return Revision(
        number=row.number,
        model_uri=row.model_uri,
        location=row.location,
        model_version=row.model_version,
        created_at=row.created_at,
        options=_decoded(row.options, ServingOptions),
        model=row.model,
    )


def _revision_status(row: Row[Any]) -> RevisionStatus:
    return RevisionStatus(row.number) if row.document is None else _decoded(row.document, RevisionStatus)


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _decoded(document: str, kind: type[T]) -> T:
    return msgspec.json.decode(document, type=kind)
