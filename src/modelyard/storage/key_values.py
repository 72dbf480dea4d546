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
    put_all(transaction, table, {(pk, key): (workspace_id, value) for pk, key, value in rows})


def put_all(transaction: Transaction, table: Table, values: Mapping[tuple[int, str], tuple[int, str]]) -> None:
    """Adds or replaces, for several workspaces at once: by owner and key, the workspace and the value."""
    rows = [(pk, key, value, workspace_id) for (pk, key), (workspace_id, value) in values.items()]
    _upsert(table).run(transaction, rows)


@cache
def _of_owners(table: Table, dialect: str) -> Select[Any]:
    owner = owner_of(table)
    mine = among_bound(owner, "owners", dialect)
    return select(owner, table.c.key, table.c.value).where(mine).order_by(owner, table.c.key)


def known(transaction: Transaction, table: Table, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Of these owners' keys, the ones that are there."""
    return {(pk, key): value for pk, key, value in _known(table).returning(transaction, wanted)} if wanted else {}


@cache
def _known(table: Table) -> Bulk:
    owner = owner_of(table).name
    text = f"""
    WITH wanted (owner, name) AS ({{rows}})
    SELECT owner, name, value FROM wanted JOIN {table.name} ON {owner} = owner AND "key" = name
    """  # noqa: S608 - names of our own tables
    return Bulk(text, "bigint text")


@cache
def _upsert(table: Table) -> Bulk:
    owner = owner_of(table).name
    text = f"""
    INSERT INTO {table.name} ({owner}, "key", value, workspace_id) {{rows}}
    ON CONFLICT ({owner}, "key") DO UPDATE SET value = excluded.value
    """
    return Bulk(text, "bigint text text int")


def remove(transaction: Transaction, table: Table, owner: int, key: str) -> bool:
    """Whether there was one to remove."""
    gone = transaction.execute(delete(table).where(owner_of(table) == owner, table.c.key == key))
    return gone.rowcount > 0
