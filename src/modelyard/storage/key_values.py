"""Keys and values of one owner (tags, params): the same statements for every such table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from modelyard.storage.database import Transaction
from modelyard.storage.members import among


def owner_of(table: Table) -> Column[int]:
    """The first key column: whom the keys and values belong to."""
    return next(iter(table.primary_key.columns))


def read(transaction: Transaction, table: Table, owners: Sequence[int]) -> Mapping[int, Mapping[str, str]]:
    """By owner, sorted by key; owners without any are absent."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if owners:
        owner = owner_of(table)
        mine = among(owner, owners, transaction.dialect.name)
        statement = select(owner, table.c.key, table.c.value).where(mine).order_by(owner, table.c.key)
        for pk, key, value in transaction.execute(statement):
            found[pk][key] = value
    return found


def put(transaction: Transaction, table: Table, workspace_id: int, rows: Iterable[tuple[int, str, str]]) -> None:
    """Adds or replaces; of two values for one key, the last wins."""
    owner = owner_of(table).name
    latest = {(pk, key): value for pk, key, value in rows}
    if not latest:
        return
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    upsert = statement.on_conflict_do_update(index_elements=[owner, "key"], set_={"value": statement.excluded.value})
    transaction.execute(
        upsert,
        [{owner: pk, "key": key, "value": value, "workspace_id": workspace_id} for (pk, key), value in latest.items()],
    )


def remove(transaction: Transaction, table: Table, owner: int, key: str) -> bool:
    """Whether there was one to remove."""
    gone = transaction.execute(delete(table).where(owner_of(table) == owner, table.c.key == key))
    return gone.rowcount > 0
