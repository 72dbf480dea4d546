from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from modelyard.domain.experiments import Lifecycle
from modelyard.domain.logged_models import LoggedModel, LoggedModelStatus
from modelyard.storage import key_values, logged_model_points
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.tracking import logged_model_params, logged_model_tags, logged_models, run_models, runs


def insert_one(transaction: Transaction, workspace_id: int, model: LoggedModel) -> int:
    """The new row's key."""
    made = transaction.execute(
        insert(logged_models).values(
            workspace_id=workspace_id,
            id=model.id,
            experiment_pk=int(model.experiment_id),
            source_run_id=model.source_run_id,
            name=model.name,
            model_type=model.model_type,
            status=model.status,
            status_message=model.status_message,
            lifecycle=model.lifecycle,
            artifact_uri=model.artifact_uri,
            created_at=model.created_at,
            updated_at=model.updated_at,
        )
    ).inserted_primary_key
    return int(made[0]) if made is not None else 0


def row_of(transaction: Transaction, workspace_id: int, model_id: str) -> Row[Any] | None:
    """Deleted ones too."""
    return transaction.execute(
        select(logged_models).where(logged_models.c.id == model_id, logged_models.c.workspace_id == workspace_id)
    ).one_or_none()


def keys_of(transaction: Transaction, workspace_id: int, model_ids: Sequence[str]) -> Mapping[str, int]:
    """The rows' keys of those that exist, deleted ones too."""
    mine = among(logged_models.c.id, model_ids, transaction.dialect.name)
    rows = transaction.execute(
        select(logged_models.c.id, logged_models.c.pk).where(mine, logged_models.c.workspace_id == workspace_id)
    )
    return {row.id: row.pk for row in rows}


def by_id(transaction: Transaction, workspace_id: int, model_id: str) -> LoggedModel | None:
    """Deleted ones too."""
    row = row_of(transaction, workspace_id, model_id)
    return None if row is None else complete(transaction, [row])[0]


def of_run(transaction: Transaction, workspace_id: int, run_id: str, name: str) -> LoggedModel | None:
    """The model that a run logged under a name; of several the one logged at the highest step, then the newest."""
    logged = (run_models.c.model_id == logged_models.c.id) & (run_models.c.direction == "output")
    row = transaction.execute(
        select(logged_models)
        .join(runs, runs.c.id == logged_models.c.source_run_id)
        .outerjoin(run_models, logged & (run_models.c.run_pk == runs.c.pk))
        .where(
            logged_models.c.source_run_id == run_id,
            logged_models.c.workspace_id == workspace_id,
            logged_models.c.name == name,
            logged_models.c.lifecycle == Lifecycle.ACTIVE,
        )
        .order_by(run_models.c.step.desc().nulls_last(), logged_models.c.created_at.desc(), logged_models.c.pk.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else complete(transaction, [row])[0]


def complete(transaction: Transaction, rows: Sequence[Row[Any]]) -> list[LoggedModel]:
    """Models with params, tags and metrics, in a fixed number of statements."""
    pks = [row.pk for row in rows]
    params = key_values.read(transaction, logged_model_params, pks)
    tags = key_values.read(transaction, logged_model_tags, pks)
    metrics = logged_model_points.of_models(transaction, pks)
    return [
        LoggedModel(
            id=row.id,
            experiment_id=str(row.experiment_pk),
            name=row.name,
            artifact_uri=row.artifact_uri,
            created_at=row.created_at,
            updated_at=row.updated_at,
            status=LoggedModelStatus(row.status),
            status_message=row.status_message,
            lifecycle=Lifecycle(row.lifecycle),
            model_type=row.model_type,
            source_run_id=row.source_run_id,
            params=params.get(row.pk, {}),
            tags=tags.get(row.pk, {}),
            metrics=metrics.get(row.pk, ()),
        )
        for row in rows
    ]


def finalize(transaction: Transaction, pk: int, status: LoggedModelStatus, now: int) -> None:
    transaction.execute(update(logged_models).where(logged_models.c.pk == pk).values(status=status, updated_at=now))


def move(transaction: Transaction, pk: int, lifecycle: Lifecycle, now: int) -> None:
    transaction.execute(
        update(logged_models).where(logged_models.c.pk == pk).values(lifecycle=lifecycle, updated_at=now)
    )


def params_of(transaction: Transaction, pk: int) -> Mapping[str, str]:
    return key_values.read(transaction, logged_model_params, [pk]).get(pk, {})


def put_params(transaction: Transaction, workspace_id: int, pk: int, params: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, logged_model_params, workspace_id, [(pk, key, value) for key, value in params])


def tag_of(transaction: Transaction, pk: int, key: str) -> str | None:
    return key_values.read(transaction, logged_model_tags, [pk]).get(pk, {}).get(key)


def put_tags(transaction: Transaction, workspace_id: int, pk: int, tags: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, logged_model_tags, workspace_id, [(pk, key, value) for key, value in tags])


def remove_tag(transaction: Transaction, pk: int, key: str) -> bool:
    return key_values.remove(transaction, logged_model_tags, pk, key)
