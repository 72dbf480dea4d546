"""That what is asked whenever a run starts does not grow with what has ended, counted in steps of SQLite."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select

from modelyard.domain.pipeline_runs import PipelineRun, RunState
from modelyard.domain.triggers import Firing, FiringState, Rule, Trigger, TriggerKind
from modelyard.storage import experiments, pipeline_runs, trigger_firings, triggers
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from modelyard.storage.tables.pipelines import pipeline_runs as runs_table
from modelyard.storage.tables.triggers import pipeline_trigger_firings
from tests.support.pipelines import document

FEWER, MORE = 100, 2_000
OPEN = 3
TRIGGER = "t"
Look = Callable[[Transaction], object]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Database]]:
    """SQLite databases in which one trigger has started so many runs, of which a few have not ended."""
    opened = {}
    for many in (FEWER, MORE):
        opened[many] = open_database(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'modelyard.db'}")
        asyncio.run(opened[many].write(lambda transaction, many=many: fill(transaction, many)))  # type: ignore[misc]
    yield opened
    for database in opened.values():
        database.close()


def fill(transaction: Transaction, many: int) -> None:
    experiments.insert_one(transaction, 1, "e", "", 0, pk=1)
    rule = Rule(TriggerKind.WEBHOOK)
    triggers.insert_one(transaction, Trigger(TRIGGER, 1, "1", TRIGGER, "", rule, True, "me", 0, 0, "p"))
    run = PipelineRun("open", 1, "1", "r", "", RunState.RUNNING, "me", 0, 0, document=document(), trigger_id=TRIGGER)
    for number in range(OPEN):
        pipeline_runs.insert_one(transaction, replace(run, id=f"open{number}"))
    pipeline_runs.insert_one(transaction, replace(run, id="ended", state=RunState.SUCCEEDED, ended_at=1))
    copy(transaction, runs_table, "ended", many)
    firing = Firing("fired", TRIGGER, "key", FiringState.STARTED, 0, "", 0, ended_at=1)
    trigger_firings.put(transaction, 1, 1, firing)
    copy(transaction, pipeline_trigger_firings, "fired", many)


def copy(transaction: Transaction, table: Table, id_: str, many: int) -> None:
    row = transaction.execute(select(table).where(table.c.id == id_)).mappings().one()
    transaction.execute(delete(table).where(table.c.id == id_))
    copies = [{**row, "pk": 1000 + at, "id": f"{id_}{at}"} for at in range(many)]
    if "key" in row:
        copies = [{**one, "key": str(at), "created_at": at, "ended_at": at} for at, one in enumerate(copies)]
    transaction.execute(insert(table), copies)


async def steps(database: Database, look: Look) -> int:
    def work(transaction: Transaction) -> int:
        taken = 0

        def note() -> int:
            nonlocal taken
            taken += 1
            return 0

        driver: Any = transaction.connection.driver_connection
        look(transaction)  # once before: a statement is prepared in steps as well
        driver.set_progress_handler(note, 1)
        look(transaction)
        driver.set_progress_handler(None, 0)
        return taken

    return await database.write(work)  # which reads as well


@pytest.mark.parametrize(
    "look",
    [
        pipeline_runs.open_runs,
        lambda transaction: pipeline_runs.open_of_trigger(transaction, TRIGGER),
        lambda transaction: trigger_firings.started_since(transaction, 1, 10, 20),
        lambda transaction: trigger_firings.prune(transaction, 0),
    ],
    ids=["runs to look after", "runs of a trigger at once", "runs of a trigger within an hour", "old firings"],
)
async def test_the_start_of_a_run_takes_the_same_work_after_twenty_times_as_many(
    stores: dict[int, Database], look: Look
) -> None:
    fewer, more = [await steps(stores[many], look) for many in (FEWER, MORE)]
    assert more < 1.2 * fewer


async def test_they_answer_the_same(stores: dict[int, Database]) -> None:
    for many, database in stores.items():
        found = await database.read(pipeline_runs.open_runs)
        assert [run.id for run, _ in found] == [f"open{number}" for number in range(OPEN)]
        assert await database.read(lambda one: pipeline_runs.open_of_trigger(one, TRIGGER)) == OPEN
        since = many - 8
        for most in (5, 20):
            started = await database.read(
                lambda one, since=since, most=most: trigger_firings.started_since(one, 1, since, most)  # type: ignore[misc]
            )
            assert started == min(7, most)
