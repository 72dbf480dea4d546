"""Keys and values of one owner (tags, params): the same statements for every such table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Select, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from modelyard.storage.database import Transaction
from modelyard.storage.members import among_bound, listed


def owner_of(table: Table) -> Column[int]:
    """The first key column: whom the keys and values belong to."""
    return next(iter(table.primary_key.columns))


def read(transaction: Transaction, table: Table, owners: Sequence[int]) -> Mapping[int, Mapping[str, str]]:
    """By owner, sorted by key; owners without any are absent."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if owners:
        dialect = transaction.dialect.name
        for pk, key, value in transaction.execute(_of_owners(table, dialect), {"owners": listed(owners, dialect)}):
            found[pk][key] = value
    return found


def put(transaction: Transaction, table: Table, workspace_id: int, rows: Iterable[tuple[int, str, str]]) -> None:
    """Adds or replaces; of two values for one key, the last wins."""
    owner = owner_of(table).name
    latest = {(pk, key): value for pk, key, value in rows}
    if not latest:
        return
    transaction.execute(
        _upsert(table, transaction.dialect.name),
        [{owner: pk, "key": key, "value": value, "workspace_id": workspace_id} for (pk, key), value in latest.items()],
    )


@cache
def _of_owners(table: Table, dialect: str) -> Select[Any]:
    owner = owner_of(table)
    mine = among_bound(owner, "owners", dialect)
    return select(owner, table.c.key, table.c.value).where(mine).order_by(owner, table.c.key)


@cache
def _upsert(table: Table, dialect: str) -> Any:
    statement: Any = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    keys = [owner_of(table).name, "key"]
    return statement.on_conflict_do_update(index_elements=keys, set_={"value": statement.excluded.value})


def remove(transaction: Transaction, table: Table, owner: int, key: str) -> bool:
    """Whether there was one to remove."""
    gone = transaction.execute(delete(table).where(owner_of(table) == owner, table.c.key == key))
    return gone.rowcount > 0
