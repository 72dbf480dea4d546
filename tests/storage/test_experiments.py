from collections.abc import Sequence
from functools import partial

import pytest

from modelyard.domain.experiments import Experiment, Lifecycle
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order, View
from modelyard.storage import experiment_search, experiments
from modelyard.storage.database import Database, Transaction
from modelyard.storage.keyset import Scalar
from modelyard.storage.tables.tracking import experiments as table
from tests.support.statements import counted

NAMES = ["A1", "B2", "a2", "100%", "ünïcode"]


async def made(database: Database, name: str, now: int = 1, location: str = "") -> str:
    return await database.write(partial(experiments.insert_one, workspace_id=1, name=name, location=location, now=now))


async def get(database: Database, pk: str) -> Experiment | None:
    return await database.read(lambda transaction: experiments.by_id(transaction, 1, int(pk)))


async def search(
    database: Database, filter_: Filter = (), order: Sequence[Order] = (), view: View = View.ALL, limit: int = 100
) -> list[str]:
    """Names, over all pages."""
    found: list[str] = []
    after: Sequence[Scalar] | None = None
    while True:

        def page(
            transaction: Transaction, after: Sequence[Scalar] | None = after
        ) -> tuple[list[Experiment], list[Scalar] | None]:
            return experiment_search.search(transaction, 1, view, filter_, order, after, limit)

        experiments_, after = await database.read(page)
        found += [experiment.name for experiment in experiments_]
        if after is None:
            return found


async def test_a_place_that_nobody_named_is_named_after_the_id(database: Database) -> None:
    own, given = await made(database, "own"), await made(database, "given", location="s3://bucket/x")
    first, second = await get(database, own), await get(database, given)
    assert first is not None
    assert second is not None
    assert first.artifact_location == f"mlflow-artifacts:/{own}"
    assert second.artifact_location == "s3://bucket/x"


async def test_an_id_is_not_given_out_twice(database: Database) -> None:
    await database.write(lambda transaction: experiments.insert_one(transaction, 1, "Default", "", 1, pk=0))
    first = await made(database, "gone")
    await database.write(lambda transaction: transaction.execute(table.delete().where(table.c.pk > 0)))
    assert int(await made(database, "next")) > int(first) > 0


async def test_another_workspace_has_its_own_experiments_and_names(database: Database) -> None:
    pk = await made(database, "shared name")
    await database.write(lambda transaction: experiments.insert_one(transaction, 2, "shared name", "", 1))
    assert await database.read(lambda transaction: experiments.by_id(transaction, 2, int(pk))) is None
    assert await search(database) == ["shared name"]


async def test_tags_are_replaced_read_by_key_and_removed(database: Database) -> None:
    pk = int(await made(database, "tagged"))
    await database.write(lambda transaction: experiments.put_tags(transaction, 1, pk, [("b", "1"), ("a", "2")]))
    await database.write(lambda transaction: experiments.put_tags(transaction, 1, pk, [("b", "3")]))
    experiment = await get(database, str(pk))
    assert experiment is not None
    assert list(experiment.tags.items()) == [("a", "2"), ("b", "3")]
    removed = [await database.write(lambda transaction: experiments.remove_tag(transaction, pk, "b")) for _ in range(2)]
    assert removed == [True, False]


async def test_names_are_ordered_by_code_point_and_newest_come_first(database: Database) -> None:
    for at, name in enumerate(NAMES):
        await made(database, name, now=at // 2)
    by_name = [Order(Field.ATTRIBUTE, "name")]
    for limit in (1, 2, 5):
        assert await search(database, order=by_name, limit=limit) == sorted(NAMES)
        assert await search(database, limit=limit) == NAMES[::-1]
        downwards = [Order(Field.ATTRIBUTE, "name", ascending=False)]
        assert await search(database, order=downwards, limit=limit) == sorted(NAMES, reverse=True)
        oldest = [Order(Field.ATTRIBUTE, "creation_time")]
        assert await search(database, order=oldest, limit=limit) == ["B2", "A1", "100%", "a2", "ünïcode"]


def is_(field: Field, key: str, operator: Operator, value: str | float | tuple[str, ...] | None) -> Filter:
    return (Comparison(field, key, operator, value),)


@pytest.mark.parametrize(
    ("filter_", "wanted"),
    [
        (is_(Field.ATTRIBUTE, "name", Operator.LIKE, "a%"), ["a2"]),
        (is_(Field.ATTRIBUTE, "name", Operator.ILIKE, "a%"), ["A1", "a2"]),
        (is_(Field.ATTRIBUTE, "name", Operator.NE, "A1"), ["100%", "B2", "a2", "ünïcode"]),
        (is_(Field.ATTRIBUTE, "creation_time", Operator.GE, 3), ["100%", "ünïcode"]),
        (is_(Field.ATTRIBUTE, "experiment_id", Operator.IN, ("1", "3")), ["A1", "a2"]),
        (is_(Field.ATTRIBUTE, "experiment_id", Operator.NE, "1"), ["100%", "B2", "a2", "ünïcode"]),
        (is_(Field.TAG, "team", Operator.EQ, "red"), ["A1"]),
        (is_(Field.TAG, "team", Operator.NE, "red"), ["B2"]),
        (is_(Field.TAG, "team", Operator.IS_NULL, None), ["100%", "a2", "ünïcode"]),
        (is_(Field.TAG, "team", Operator.IS_NOT_NULL, None), ["A1", "B2"]),
        (
            is_(Field.TAG, "team", Operator.ILIKE, "%E%") + is_(Field.ATTRIBUTE, "name", Operator.LIKE, "_2"),
            ["B2"],
        ),
    ],
)
async def test_conditions_find_what_they_say(database: Database, filter_: Filter, wanted: list[str]) -> None:
    pks = [int(await made(database, name, now=at)) for at, name in enumerate(NAMES)]
    for pk, team in zip(pks, ("red", "blue"), strict=False):
        await database.write(partial(experiments.put_tags, workspace_id=1, experiment_id=pk, tags=[("team", team)]))
    assert await search(database, filter_, [Order(Field.ATTRIBUTE, "name")]) == wanted


async def test_a_view_shows_one_lifecycle_or_all(database: Database) -> None:
    for name in ("alive", "gone"):
        await made(database, name)
    gone = await database.read(lambda transaction: experiments.by_name(transaction, 1, "gone"))
    assert gone is not None
    await database.write(lambda transaction: experiments.move(transaction, int(gone.id), Lifecycle.DELETED, 9))
    assert await search(database, view=View.ACTIVE) == ["alive"]
    assert await search(database, view=View.DELETED) == ["gone"]
    assert sorted(await search(database, view=View.ALL)) == ["alive", "gone"]


async def test_a_page_takes_two_statements_however_many_there_are_on_it(database: Database) -> None:
    for number in range(20):
        await made(database, f"e{number}")
    numbers = []
    for limit in (1, 20):
        with counted(database) as seen:
            await database.read(
                lambda transaction, limit=limit: experiment_search.search(  # type: ignore[misc]
                    transaction, 1, View.ACTIVE, (), (), None, limit
                )
            )
        numbers.append(len(seen))
    assert numbers == [2, 2]
