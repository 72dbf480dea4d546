"""That the work of a search grows with its page and not with the number of runs, counted in steps of SQLite."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, text

from bench import stock
from modelyard.domain.query import View
from modelyard.formats.filters.runs import parse_run_filter, parse_run_order
from modelyard.storage import compaction, experiments, run_search
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from modelyard.storage.run_search import RunQuery
from modelyard.storage.tables.tracking import PARENT_TAG, run_tags
from tests.support.statements import counted

FEWER, MORE = 1_000, 10_000
EVERY = 20
"""Steps at once."""

PARENT = f"tags.`{PARENT_TAG}` = 'p'"
Stores = dict[int, Database]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """SQLite databases with so many runs in two experiments; two of them have a parent."""
    opened = {}
    for many in (FEWER, MORE):
        opened[many] = open_database(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'modelyard.db'}")
        asyncio.run(opened[many].write(lambda transaction, many=many: fill(transaction, many)))  # type: ignore[misc]
    yield opened
    for database in opened.values():
        database.close()


def fill(transaction: Transaction, many: int) -> None:
    for pk in (1, 2):
        experiments.insert_one(transaction, 1, f"e{pk}", "", 0, pk=pk)
        stock.insert_runs(transaction, str(pk), many // 2)
    children = [{"run_pk": pk, "key": PARENT_TAG, "value": "p", "workspace_id": 1} for pk in (1, 2)]
    transaction.execute(insert(run_tags), children)


async def steps(database: Database, query: RunQuery) -> int:
    def work(transaction: Transaction) -> int:
        taken = 0

        def note() -> int:
            nonlocal taken
            taken += EVERY
            return 0

        driver: Any = transaction.connection.driver_connection
        run_search.search(transaction, query, None, 100)  # once before: a statement is prepared in steps as well
        driver.set_progress_handler(note, EVERY)
        run_search.search(transaction, query, None, 100)
        driver.set_progress_handler(None, 0)
        return taken

    return await database.read(work)


@pytest.mark.parametrize("within", [(1,), (1, 2)])
@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("order", ["", "attribute.start_time DESC", "attribute.start_time ASC"])
async def test_the_newest_and_oldest_take_the_same_work_among_ten_times_as_many(
    stores: Stores, within: tuple[int, ...], view: View, order: str
) -> None:
    query = RunQuery(1, within, view, (), parse_run_order([order] if order else []))
    fewer, more = [await steps(stores[many], query) for many in (FEWER, MORE)]
    assert fewer * 0.8 < more < fewer * 1.2


@pytest.mark.parametrize(
    ("filter_", "order"),
    [
        ("", ["metrics.m1 DESC"]),
        ("", ["metrics.m1 ASC", "params.p1 DESC"]),
        ("", ["metrics.nowhere DESC"]),
        ("params.p1 != 'absent'", []),
        (PARENT, []),
        (PARENT, ["metrics.m1 ASC"]),
        ("attributes.run_id = 'f'", ["metrics.m1 ASC"]),
    ],
)
async def test_an_order_or_a_condition_with_an_index_takes_the_same_work_among_ten_times_as_many(
    stores: Stores, filter_: str, order: list[str]
) -> None:
    query = RunQuery(1, (1,), View.ACTIVE, parse_run_filter(filter_), parse_run_order(order))
    fewer, more = [await steps(stores[many], query) for many in (FEWER, MORE)]
    assert fewer * 0.8 - EVERY < more < fewer * 1.2 + EVERY


async def statements(database: Database, filter_: str) -> tuple[int, list[str]]:
    """How many runs a page in the order of a metric has, and what was asked for them."""
    query = RunQuery(1, (1,), View.ACTIVE, parse_run_filter(filter_), parse_run_order(["metrics.m1 DESC"]))
    with counted(database) as seen:
        rows, _ = await database.read(lambda transaction: run_search.search(transaction, query, None, 100))
    return len(rows), seen


async def test_few_matches_are_sorted_and_many_are_met_in_their_order(stores: Stores) -> None:
    few, asked = await statements(stores[MORE], "metrics.m0 > 0.99")
    assert 0 < few < 100
    assert (len(asked), "AS matching" in asked[-1]) == (2, True)
    many, asked = await statements(stores[MORE], "metrics.m0 > 0.5")
    assert many == 100
    assert (len(asked), "AS latest" in asked[-1]) == (2, True)


async def test_a_walk_that_meets_hardly_any_match_is_given_up_for_a_sort(stores: Stores) -> None:
    rare = "params.p0 = 'v1' and params.p1 = 'v2' and params.p2 = 'v3'"
    few, asked = await statements(
        stores[MORE], f"params.p0 != 'x' and params.p1 != 'x' and params.p2 != 'x' and {rare}"
    )
    assert 0 < few < 30
    assert ["AS latest" in one for one in asked] == [False, True, False], "number of runs, walk, sort"


async def test_series_that_need_no_merging_are_not_gone_through(stores: Stores) -> None:
    def work(transaction: Transaction) -> bool:
        stopped: Any = transaction.connection.driver_connection
        assert compaction.candidates(transaction, 64, 100) == []
        stopped.set_progress_handler(lambda: 1, 500)
        try:
            return compaction.candidates(transaction, 64, 100) == []
        finally:
            stopped.set_progress_handler(None, 0)

    assert await stores[MORE].read(work)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_looks_at_few_runs_for_few_matches_before_it_has_statistics(database: Database) -> None:
    await database.write(lambda transaction: fill(transaction, FEWER))
    query = RunQuery(1, (1,), View.ACTIVE, parse_run_filter("metrics.m0 > 0.99"), parse_run_order(["metrics.m1 DESC"]))

    def work(transaction: Transaction) -> tuple[int, int]:
        looked = text("SELECT idx_scan + seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'series'")
        before = transaction.execute(looked).scalar_one()
        rows, _ = run_search.search(transaction, query, None, 100)
        return len(rows), transaction.execute(looked).scalar_one() - before

    rows, looks = await database.read(work)
    assert 0 < rows < FEWER / 20
    assert looks <= rows + 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_plans_a_page_in_the_order_of_a_metric_a_few_times_and_then_keeps_the_plan(
    database: Database,
) -> None:
    await database.write(lambda transaction: fill(transaction, FEWER))
    await database.write(lambda transaction: transaction.execute(text("ANALYZE")).close())
    query = RunQuery(1, (1,), View.ACTIVE, (), parse_run_order(["metrics.m1 DESC"]))

    def work(transaction: Transaction) -> tuple[int, int]:
        for _ in range(30):
            run_search.search(transaction, query, None, 100)
        known = text("SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%latest%'")
        ((anew, kept),) = transaction.execute(known).all()
        return anew, kept

    assert await database.read(work) == (5, 20)
