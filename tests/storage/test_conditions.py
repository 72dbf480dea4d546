import re
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, select

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Comparison, Field, Operator, Value
from modelyard.storage import conditions, experiments, key_values
from modelyard.storage.database import Database, Transaction
from modelyard.storage.tables.tracking import experiment_tags
from modelyard.storage.tables.tracking import experiments as table

SIGNS = "aA%_*?[]^-\\'\"äÄ.\n"
TEXTS = ["", *SIGNS, *("".join(pair) for pair in product(SIGNS, repeat=2)), "[a]", "a.b", "aXb", "100%"]


async def texts_stored(database: Database) -> None:
    """Each text is a tag whose key is its place in the list."""

    def work(transaction: Transaction) -> None:
        if experiments.by_id(transaction, 1, 1) is None:
            experiments.insert_one(transaction, 1, "texts", "", 0, pk=1)
            key_values.put(transaction, experiment_tags, 1, [(1, str(at), text) for at, text in enumerate(TEXTS)])

    await database.write(work)


async def matching(database: Database, operator: Operator, value: Value) -> set[str]:
    def work(transaction: Transaction) -> set[str]:
        wanted = Comparison(Field.TAG, "any", operator, value)
        condition = conditions.compare(experiment_tags.c.value, wanted, transaction.dialect.name)
        return set(transaction.scalars(select(experiment_tags.c.value).where(condition)))

    return await database.read(work)


def expression(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL | re.ASCII | flags)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=st.text(SIGNS, max_size=4))
async def test_patterns_mean_the_same_on_both_databases(database: Database, pattern: str) -> None:
    await texts_stored(database)
    for operator, flags in ((Operator.LIKE, re.NOFLAG), (Operator.ILIKE, re.IGNORECASE)):
        wanted = expression(pattern, flags)
        assert await matching(database, operator, pattern) == {text for text in TEXTS if wanted.fullmatch(text)}


async def test_text_is_compared_as_it_is(database: Database) -> None:
    await texts_stored(database)
    for text in ("", "a", "Ä", "'", '"', "\\", "%"):
        assert await matching(database, Operator.EQ, text) == {text}
        assert await matching(database, Operator.NE, text) == set(TEXTS) - {text}
    assert await matching(database, Operator.IN, ("a", "Ä", "absent")) == {"a", "Ä"}
    assert await matching(database, Operator.NOT_IN, ("a", "Ä")) == set(TEXTS) - {"a", "Ä"}


async def created(database: Database, column: ColumnElement[Any], operator: Operator, value: Value) -> list[int]:
    def work(transaction: Transaction) -> list[int]:
        wanted = Comparison(Field.ATTRIBUTE, "creation_time", operator, value)
        condition = conditions.compare(column, wanted, transaction.dialect.name)
        return list(transaction.scalars(select(column).where(condition).order_by(column)))

    return await database.read(work)


async def test_a_fraction_is_not_rounded_to_compare_it_with_a_whole_number(database: Database) -> None:
    for time in (1, 2, 3):
        await database.write(partial(experiments.insert_one, workspace_id=1, name=str(time), location="", now=time))
    column = table.c.created_at
    assert await created(database, column, Operator.GT, 1.5) == [2, 3]
    assert await created(database, column, Operator.LE, 2.5) == [1, 2]
    assert await created(database, column, Operator.EQ, 1.5) == []
    assert await created(database, column, Operator.NE, 2.0) == [1, 3]
    assert await created(database, column, Operator.LT, 1e300) == [1, 2, 3]
    assert await created(database, column, Operator.GE, -(2**63)) == [1, 2, 3]


def test_an_attribute_that_cannot_be_searched_is_named_with_those_that_can() -> None:
    comparison = Comparison(Field.ATTRIBUTE, "colour", Operator.EQ, "red")
    with pytest.raises(InvalidInput, match="'colour'; one of created_at, name can be searched"):
        conditions.attribute({"name": table.c.name, "created_at": table.c.created_at}, comparison, "sqlite")
