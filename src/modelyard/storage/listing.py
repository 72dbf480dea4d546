"""Lists of things that are rows of one table: filtered, ordered, counted and paged in two statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func

from modelyard.domain.errors import InvalidInput
from modelyard.domain.listing import Listing
from modelyard.storage import conditions, keyset
from modelyard.storage.database import Transaction

Found = tuple[Sequence[Row[Any]], int, list[keyset.Scalar] | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a list can be filtered and ordered by; `key` breaks ties."""

    key: ColumnElement[Any]
    columns: Mapping[str, ColumnElement[Any]]
    nullable: frozenset[str] = field(default_factory=frozenset)

    def find(
        self, transaction: Transaction, among: Select[Any], listing: Listing, after: Sequence[keyset.Scalar] | None
    ) -> Found:
        """A page, how many there are on all pages, and the sort values of the last row when there is a next page.

        Raises InvalidInput for what cannot be filtered or ordered by.
        """
        dialect = transaction.dialect.name
        wanted = (conditions.attribute(self.columns, one, dialect) for one in listing.filter)
        statement = among.where(*conditions.all_of(wanted, dialect))
        keys = self._order(listing)
        rows = transaction.execute(keyset.page(statement, keys, after, listing.page.limit)).all()
        counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
        total = int(transaction.execute(counted).scalar_one())
        shown = rows[: listing.page.limit]
        return shown, total, keyset.values_of(shown[-1], keys) if len(rows) > len(shown) else None

    def _order(self, listing: Listing) -> list[keyset.SortKey]:
        column = self.columns.get(listing.sort)
        if column is None:
            raise InvalidInput(
                f"Cannot sort by {listing.sort!r}; one of {', '.join(sorted(self.columns))} can be sorted by"
            )
        first = keyset.SortKey(column, listing.ascending, nullable=listing.sort in self.nullable)
        return [first, keyset.SortKey(self.key, listing.ascending)]
