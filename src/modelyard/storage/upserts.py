from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

from modelyard.storage.database import Transaction

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_into(table: Table, transaction: Transaction) -> "sqlite.Insert | postgresql.Insert":
    """An insert that can say what is to happen where there is such a row already, which is no standard SQL."""
    if transaction.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - megabytes that SQLite does not need

    return postgresql.insert(table)
