from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, insert, select, update

from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.storage import key_values
from modelyard.storage.bulk import Statement
from modelyard.storage.database import Transaction
from modelyard.storage.tables.tracking import experiment_tags, experiments, runs

_MINE = select(experiments).where(experiments.c.workspace_id == bindparam("workspace"))
_BY_ID = _MINE.where(experiments.c.pk == bindparam("pk"))
_HOMES = Statement(
    "SELECT pk, lifecycle, artifact_location FROM experiments WHERE pk {among} AND workspace_id = ?", of="bigint"
)
_BY_NAME = _MINE.where(experiments.c.name == bindparam("name"))


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
    return _one(transaction, _BY_ID, {"workspace": workspace_id, "pk": experiment_id})


def by_name(transaction: Transaction, workspace_id: int, name: str) -> Experiment | None:
    return _one(transaction, _BY_NAME, {"workspace": workspace_id, "name": name})


def homes(transaction: Transaction, workspace_id: int, pks: Sequence[int]) -> Mapping[int, tuple[Lifecycle, str]]:
    """By key, whether runs may start there and where their artifacts go: all that a new run needs to know."""
    found = _HOMES.among(transaction, pks, workspace_id)
    return {pk: (Lifecycle(lifecycle), location) for pk, lifecycle, location in found}


def _one(transaction: Transaction, statement: Select[Any], values: Mapping[str, Any]) -> Experiment | None:
    row = transaction.execute(statement, values).one_or_none()
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


def put_tags(transaction: Transaction, workspace_id: int, experiment_id: int, tags: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, experiment_tags, workspace_id, [(experiment_id, key, value) for key, value in tags])


def remove_tag(transaction: Transaction, experiment_id: int, key: str) -> bool:
    return key_values.remove(transaction, experiment_tags, experiment_id, key)
