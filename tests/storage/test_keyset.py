from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from modelyard.domain.errors import InvalidInput
from modelyard.storage.database import Database, Transaction
from modelyard.storage.keyset import Scalar, SortKey, page, values_of

scratch = Table(
    "scratch",
    MetaData(),
    Column("pk", Integer, primary_key=True),
    Column("number", Integer),
    Column("name", Text(), nullable=False),
)
Rows = list[tuple[int | None, str]]
Direction = tuple[str, bool]
rows = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.sampled_from("abc")), max_size=12)
orders = st.lists(st.tuples(st.sampled_from(["number", "name"]), st.booleans()), max_size=2, unique_by=lambda it: it[0])


class Undo(Exception):
    """Carries the answer out of a transaction that is not to be kept."""


def keys_of(order: Sequence[Direction], *, newest_first: bool) -> list[SortKey]:
    keys = [SortKey(scratch.c[name], ascending, nullable=name == "number") for name, ascending in order]
    return [*keys, SortKey(scratch.c.pk, ascending=not newest_first)]


def pages(transaction: Transaction, keys: Sequence[SortKey], limit: int) -> list[int]:
    seen: list[int] = []
    after: list[Scalar] | None = None
    while True:
        found = transaction.execute(page(select(scratch.c.pk), keys, after, limit)).all()
        seen += [row.pk for row in found[:limit]]
        if len(found) <= limit:
            return seen
        after = values_of(found[limit - 1], keys)


def expected(rows: Rows, order: Sequence[Direction], *, newest_first: bool) -> list[int]:
    """Sorted by the last term first: Python's sort keeps the order of equals."""
    found = sorted(range(len(rows)), reverse=newest_first)
    for name, ascending in reversed(order):
        if name == "name":
            found.sort(key=lambda pk: rows[pk][1], reverse=not ascending)
        else:
            found.sort(key=lambda pk: rows[pk][0] or 0, reverse=not ascending)
            found.sort(key=lambda pk: rows[pk][0] is None)
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, order=orders, newest_first=st.booleans(), limit=st.integers(1, 5))
async def test_pages_show_every_row_once_and_in_order_with_ties_and_nulls(
    database: Database, rows: Rows, order: list[Direction], limit: int, *, newest_first: bool
) -> None:
    def work(transaction: Transaction) -> None:
        scratch.create(transaction)
        given = [{"pk": pk, "number": number, "name": name} for pk, (number, name) in enumerate(rows)]
        if given:
            transaction.execute(insert(scratch), given)
        raise Undo(pages(transaction, keys_of(order, newest_first=newest_first), limit))

    with pytest.raises(Undo) as caught:
        await database.write(work)
    assert caught.value.args[0] == expected(rows, order, newest_first=newest_first)


@pytest.mark.parametrize("after", [[], [1], [1, 1], ["a", "1"], ["a", 1.5], ["a", 1, 1]])
def test_values_of_another_order_are_refused(after: list[Scalar]) -> None:
    statement: Any = select(scratch.c.pk)
    with pytest.raises(InvalidInput, match="another order"):
        page(statement, keys_of([("name", True)], newest_first=True), after, 10)
