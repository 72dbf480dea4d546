from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Number = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both; only as INTEGER does SQLite use its row id as the key."""


String = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and ordered by code point on both, whatever locale a PostgreSQL server was set up with."""


def serial() -> Column[int]:
    return Column("pk", Number, primary_key=True, autoincrement=True)


def workspace() -> Column[int]:
    return Column("workspace_id", Integer, nullable=False)


def text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, String, nullable=null)


def number(name: str, *, null: bool = False, default: int | None = None) -> Column[int]:
    server_default = None if default is None else str(default)
    return Column(name, Number, nullable=null, default=default, server_default=server_default)


def owner(name: str, target: str) -> Callable[[], Column[int]]:
    """A factory of the key columns of tables that belong to one row of another and go with it."""

    def column() -> Column[int]:
        return Column(name, Number, ForeignKey(target, ondelete="CASCADE"), primary_key=True)

    return column


def key_values(name: str, owned_by: Callable[[], Column[int]]) -> Table:
    """Keys and values of one owner, such as the tags of a run; searched from the owner."""
    return Table(
        name,
        metadata,
        owned_by(),
        Column("key", String, primary_key=True),
        text("value"),
        workspace(),
        sqlite_with_rowid=False,
    )


_PARTIAL: list[tuple[Index, ColumnElement[bool]]] = []


def partial_index(name: str, column: Column[Any], where: str) -> None:
    """Of the rows alone that match; a query must say the same in the same words for it to be used."""
    condition: ColumnElement[bool] = literal_column(where)
    _PARTIAL.append((Index(name, column, sqlite_where=condition), condition))


def complete_for_postgresql() -> None:
    """Says of indexes what only PostgreSQL understands, which loads megabytes that SQLite does not need."""
    for index, condition in _PARTIAL:
        index.dialect_options["postgresql"]["where"] = condition


def unique(*columns: str) -> UniqueConstraint:
    return UniqueConstraint(*columns)
