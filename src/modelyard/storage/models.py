from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from modelyard.domain.models import Model
from modelyard.storage import key_values, model_aliases, model_versions
from modelyard.storage.database import Transaction
from modelyard.storage.tables.registry import model_tags, models
from modelyard.storage.tables.registry import model_versions as version_table


def insert_one(transaction: Transaction, workspace_id: int, name: str, description: str, now: int) -> int:
    """The new row's key."""
    made = transaction.execute(
        insert(models).values(
            workspace_id=workspace_id,
            name=name,
            description=description,
            created_at=now,
            updated_at=now,
            last_version=0,
        )
    ).inserted_primary_key
    return int(made[0]) if made is not None else 0


def key_of(transaction: Transaction, workspace_id: int, name: str, *, lock: bool = False) -> int | None:
    """The row's key. With `lock`, nobody else changes the model or its aliases until the transaction ends."""
    statement = select(models.c.pk).where(models.c.workspace_id == workspace_id, models.c.name == name)
    return transaction.execute(statement.with_for_update() if lock else statement).scalar()


def by_name(transaction: Transaction, workspace_id: int, name: str) -> Model | None:
    row = transaction.execute(
        select(models).where(models.c.workspace_id == workspace_id, models.c.name == name)
    ).one_or_none()
    return None if row is None else complete(transaction, [row])[0]


def complete(transaction: Transaction, rows: Sequence[Row[Any]]) -> list[Model]:
    """Rows of `models` with tags, aliases and latest versions, in a fixed number of statements."""
    pks = [row.pk for row in rows]
    tags = key_values.read(transaction, model_tags, pks)
    aliases = model_aliases.of_models(transaction, pks)
    latest = model_versions.latest(transaction, pks, aliases)
    return [
        Model(
            name=row.name,
            description=row.description,
            created_at=row.created_at,
            updated_at=row.updated_at,
            tags=tags.get(row.pk, {}),
            aliases=aliases.get(row.pk, {}),
            latest=latest.get(row.pk, ()),
        )
        for row in rows
    ]


def next_number(transaction: Transaction, workspace_id: int, name: str, now: int) -> tuple[int, int] | None:
    """The model's key and the number of its next version, which nobody else gets; None for an unknown model."""
    row = transaction.execute(
        update(models)
        .where(models.c.workspace_id == workspace_id, models.c.name == name)
        .values(last_version=models.c.last_version + 1, updated_at=now)
        .returning(models.c.pk, models.c.last_version)
    ).one_or_none()
    return None if row is None else (row.pk, row.last_version)


def describe(transaction: Transaction, pk: int, description: str, now: int) -> None:
    transaction.execute(update(models).where(models.c.pk == pk).values(description=description, updated_at=now))


def rename(transaction: Transaction, pk: int, name: str, now: int) -> None:
    """Versions, tags and aliases follow; versions count as updated."""
    transaction.execute(update(models).where(models.c.pk == pk).values(name=name, updated_at=now))
    transaction.execute(update(version_table).where(version_table.c.model_pk == pk).values(updated_at=now))


def touch(transaction: Transaction, pk: int, now: int) -> None:
    transaction.execute(update(models).where(models.c.pk == pk).values(updated_at=now))


def remove(transaction: Transaction, pk: int) -> None:
    """With versions, tags and aliases."""
    transaction.execute(delete(models).where(models.c.pk == pk))


def tag_of(transaction: Transaction, pk: int, key: str) -> str | None:
    return key_values.read(transaction, model_tags, [pk]).get(pk, {}).get(key)


def put_tags(transaction: Transaction, workspace_id: int, pk: int, tags: Sequence[tuple[str, str]]) -> None:
    key_values.put(transaction, model_tags, workspace_id, [(pk, key, value) for key, value in tags])


def remove_tag(transaction: Transaction, pk: int, key: str) -> bool:
    return key_values.remove(transaction, model_tags, pk, key)
