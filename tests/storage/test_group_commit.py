import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from modelyard.domain.errors import Conflict, InvalidInput, ModelyardError, Unavailable
from modelyard.storage import experiments
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from tests.support.gathering import together
from tests.support.statements import heard

ROOT = Path(__file__).parents[2]


def insert(transaction: Transaction, name: str) -> None:
    experiments.insert_one(transaction, 1, name, "", 0)


async def write(database: Database, name: str) -> None:
    await database.write(lambda transaction: insert(transaction, name))


def insert_all(transaction: Transaction, names: Sequence[str]) -> Sequence[ModelyardError | None]:
    """Refuses what ends in a question mark, falls over what ends in an exclamation mark."""
    for name in names:
        if not name.endswith("?"):
            insert(transaction, name)
        if name.endswith("!"):
            raise RuntimeError(name)
    return [InvalidInput(name) if name.endswith("?") else None for name in names]


async def stored(database: Database) -> set[str]:
    names = await database.read(lambda transaction: transaction.scalars(text("SELECT name FROM experiments")).all())
    return set(names)


async def test_writes_that_come_together_share_one_commit(database: Database) -> None:
    with heard() as statements:
        await together(database, *(write(database, f"e{number}") for number in range(60)))
    assert len(await stored(database)) == 60
    assert statements.count("COMMIT") == 2, "one for the write that kept the writer busy, one for all the others"


async def test_an_answer_comes_after_the_commit(database: Database) -> None:
    with heard() as statements:
        for number in range(1, 4):
            await write(database, f"e{number}")
            assert statements.count("COMMIT") == number


async def test_a_change_that_fails_leaves_no_trace_and_does_not_disturb_its_neighbours(database: Database) -> None:
    def fail(transaction: Transaction) -> None:
        insert(transaction, "half")
        raise ValueError("after a write")

    outcomes = await together(database, write(database, "a"), database.write(fail), write(database, "b"))
    assert [type(outcome) for outcome in outcomes] == [type(None), ValueError, type(None)]
    assert await stored(database) == {"a", "b"}


async def test_an_error_of_the_database_reaches_only_the_one_who_made_it(database: Database) -> None:
    await write(database, "taken")
    outcomes = await together(database, write(database, "a"), write(database, "taken"), write(database, "b"))
    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict, type(None)]
    assert await stored(database) == {"a", "taken", "b"}


async def test_a_value_that_no_driver_takes_reaches_only_the_one_who_sent_it(database: Database) -> None:
    def odd(transaction: Transaction) -> None:
        transaction.execute(text("UPDATE experiments SET name = :name"), {"name": object()})

    outcomes = await together(database, write(database, "a"), database.write(odd), write(database, "b"))
    assert [isinstance(outcome, DBAPIError) for outcome in outcomes] == [False, True, False]
    assert await stored(database) == {"a", "b"}


async def test_items_of_a_batch_are_refused_one_by_one(database: Database) -> None:
    names = ["a", "b?", "c"]
    outcomes = await together(database, *(database.append(insert_all, name) for name in names))
    assert [type(outcome) for outcome in outcomes] == [type(None), InvalidInput, type(None)]
    assert await stored(database) == {"a", "c"}


async def test_a_batch_that_falls_over_an_item_is_tried_item_by_item(database: Database) -> None:
    names = ["a", "b?", "c!", "d"]
    outcomes = await together(
        database, write(database, "other"), *(database.append(insert_all, name) for name in names)
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), InvalidInput, RuntimeError, type(None)]
    assert await stored(database) == {"other", "a", "d"}


async def test_a_batch_that_answers_too_few_is_not_kept(database: Database) -> None:
    def forgetful(transaction: Transaction, names: Sequence[str]) -> Sequence[None]:
        for name in names:
            insert(transaction, name)
        return []

    with pytest.raises(ValueError, match="shorter"):
        await database.append(forgetful, "a")
    assert await stored(database) == set()


async def test_a_caller_that_goes_away_does_not_disturb_the_others(database: Database) -> None:
    async def give_up() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await write(database, "gone")

    outcomes = await together(database, write(database, "a"), give_up(), write(database, "b"))
    assert outcomes == [None, None, None]
    assert {"a", "b"} <= await stored(database)


async def test_what_nobody_waits_for_is_stored_too_and_its_failure_is_only_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.append_later(insert_all, "a")
    database.append_later(insert_all, "b!")
    await write(database, "c")
    await asyncio.sleep(0)
    assert await stored(database) == {"a", "c"}
    assert "nobody waited for" in caplog.text


async def test_closing_finishes_what_is_queued(database_url: str) -> None:
    database = open_database(database_url)
    tasks = [asyncio.create_task(write(database, f"e{number}")) for number in range(30)]
    await asyncio.sleep(0)
    database.close()
    await asyncio.gather(*tasks)
    again = open_database(database_url)
    assert len(await stored(again)) == 30
    again.close()


async def test_after_closing_nothing_is_accepted(database: Database) -> None:
    database.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await write(database, "late")
    with pytest.raises(Unavailable, match="shutting down"):
        await stored(database)
    database.append_later(insert_all, "dropped")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_lost_connection_fails_the_whole_group_and_the_next_one_works(database: Database) -> None:
    def cut(transaction: Transaction) -> None:
        transaction.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    outcomes = await together(database, write(database, "a"), database.write(cut), write(database, "b"))
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    await write(database, "c")
    assert await stored(database) == {"c"}


def test_a_full_disk_refuses_the_whole_group_and_all_is_well_once_there_is_room(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.support.full_database", str(tmp_path)]
    answer = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.stdout == "limit\n":
        pytest.skip("a small disk can only be mounted by root")
    assert answer.returncode == 0, answer.stderr
