"""Keys and values of one owner (tags, params): the same statements for every such table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Select, Table, delete, select

from modelyard.storage.bulk import Bulk
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
    latest = {(pk, key): value for pk, key, value in rows}
    if not latest:
        return
    _upsert(table).run(transaction, [(pk, key, value, workspace_id) for (pk, key), value in latest.items()])


@cache
def _of_owners(table: Table, dialect: str) -> Select[Any]:
    owner = owner_of(table)
    mine = among_bound(owner, "owners", dialect)
    return select(owner, table.c.key, table.c.value).where(mine).order_by(owner, table.c.key)


@cache
def _upsert(table: Table) -> Bulk:
    owner = owner_of(table).name
    text = f"""
    INSERT INTO {table.name} ({owner}, "key", value, workspace_id) VALUES {{rows}}
    ON CONFLICT ({owner}, "key") DO UPDATE SET value = excluded.value
    """  # noqa: S608 - names of our own tables
    return Bulk(text, columns=4)


def remove(transaction: Transaction, table: Table, owner: int, key: str) -> bool:
    """Whether there was one to remove."""
    gone = transaction.execute(delete(table).where(owner_of(table) == owner, table.c.key == key))
    return gone.rowcount > 0
