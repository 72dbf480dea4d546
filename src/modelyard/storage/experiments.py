from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.storage import key_values
from modelyard.storage.database import Transaction
from modelyard.storage.tables.tracking import experiment_tags, experiments, runs


def insert_one(
    transaction: Transaction, workspace_id: int, name: str, location: str, now: int, pk: int | None = None
) -> str:
    """The new id. An empty location becomes the default one, which is named after the id."""
    values: dict[str, Any] = {
        "workspace_id": workspace_id,
        "name": name,
        "artifact_location": location,
        "lifecycle": Lifecycle.ACTIVE,
        "created_at": now,
        "updated_at": now,
    }
    if pk is not None:
        values["pk"] = pk
    made = transaction.execute(insert(experiments).values(values)).inserted_primary_key
    assert made is not None  # noqa: S101 - both databases return the key of a single row
    new = made[0]
    if not location:
        default = f"mlflow-artifacts:/{new}"
        transaction.execute(update(experiments).where(experiments.c.pk == new).values(artifact_location=default))
    return str(new)


def by_id(transaction: Transaction, workspace_id: int, experiment_id: int) -> Experiment | None:
    return _one(transaction, workspace_id, experiments.c.pk == experiment_id)


def by_name(transaction: Transaction, workspace_id: int, name: str) -> Experiment | None:
    return _one(transaction, workspace_id, experiments.c.name == name)


def _one(transaction: Transaction, workspace_id: int, condition: Any) -> Experiment | None:
    row = transaction.execute(
        select(experiments).where(experiments.c.workspace_id == workspace_id, condition)
    ).one_or_none()
    return None if row is None else with_tags(transaction, [row])[0]


def with_tags(transaction: Transaction, rows: Sequence[Row[Any]]) -> list[Experiment]:
    tags = key_values.read(transaction, experiment_tags, [row.pk for row in rows])
    return [
        Experiment(
            id=str(row.pk),
            name=row.name,
            artifact_location=row.artifact_location,
            lifecycle=Lifecycle(row.lifecycle),
            created_at=row.created_at,
            updated_at=row.updated_at,
            tags=tags.get(row.pk, {}),
        )
        for row in rows
    ]


def rename(transaction: Transaction, experiment_id: int, name: str, now: int) -> None:
    transaction.execute(update(experiments).where(experiments.c.pk == experiment_id).values(name=name, updated_at=now))


def move(transaction: Transaction, experiment_id: int, lifecycle: Lifecycle, now: int) -> None:
    """Deletes or restores an experiment with all its runs."""
    transaction.execute(
        update(experiments).where(experiments.c.pk == experiment_id).values(lifecycle=lifecycle, updated_at=now)
    )
    deleted_at = now if lifecycle is Lifecycle.DELETED else None
    transaction.execute(
        update(runs)
        .where(runs.c.experiment_pk == experiment_id, runs.c.lifecycle != lifecycle)
        .values(lifecycle=lifecycle, deleted_at=deleted_at)
    )


def touch(transaction: Transaction, experiment_id: int, now: int) -> None:
    transaction.execute(update(experiments).where(experiments.c.pk == experiment_id).values(updated_at=now))


def put_tags(transaction: Transaction, workspace_id: int, experiment_id: int, tags: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, experiment_tags, workspace_id, [(experiment_id, key, value) for key, value in tags])


def remove_tag(transaction: Transaction, experiment_id: int, key: str) -> bool:
    return key_values.remove(transaction, experiment_tags, experiment_id, key)
