from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.registry import model_aliases, models
from modelyard.storage.upserts import insert_into

Aliases = Mapping[int, Mapping[str, int]]
"""By model: alias -> version number."""


def of_models(transaction: Transaction, model_pks: Sequence[int]) -> Aliases:
    """Sorted by alias; models without any are absent."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    if model_pks:
        mine = among(model_aliases.c.model_pk, model_pks, transaction.dialect.name)
        for row in transaction.execute(select(model_aliases).where(mine).order_by(model_aliases.c.alias)):
            found[row.model_pk][row.alias] = row.number
    return found


def number_of(transaction: Transaction, model_pk: int, alias: str) -> int | None:
    return transaction.execute(
        select(model_aliases.c.number).where(model_aliases.c.model_pk == model_pk, model_aliases.c.alias == alias)
    ).scalar()


def named(transaction: Transaction, workspace_id: int, names: Sequence[str]) -> Mapping[tuple[str, str], int]:
    """(model, alias) -> version number, of all these models, in one statement."""
    mine = among(models.c.name, names, transaction.dialect.name)
    found = (
        select(models.c.name, model_aliases.c.alias, model_aliases.c.number)
        .join(models, models.c.pk == model_aliases.c.model_pk)
        .where(models.c.workspace_id == workspace_id, mine)
    )
    return {(row.name, row.alias): row.number for row in transaction.execute(found)}


def put(transaction: Transaction, workspace_id: int, model_pk: int, alias: str, number: int) -> None:
    statement = insert_into(model_aliases, transaction).values(
        model_pk=model_pk, alias=alias, workspace_id=workspace_id, number=number
    )
    transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["model_pk", "alias"], set_={"number": statement.excluded.number}
        )
    )


def remove(transaction: Transaction, model_pk: int, alias: str) -> None:
    transaction.execute(
        delete(model_aliases).where(model_aliases.c.model_pk == model_pk, model_aliases.c.alias == alias)
    )


def remove_of_version(transaction: Transaction, model_pk: int, number: int) -> list[str]:
    """The aliases that are gone."""
    gone = transaction.execute(
        delete(model_aliases)
        .where(model_aliases.c.model_pk == model_pk, model_aliases.c.number == number)
        .returning(model_aliases.c.alias)
    )
    return sorted(gone.scalars())
