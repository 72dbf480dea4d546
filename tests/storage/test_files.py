from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from modelyard.domain.artifacts import Blob, File
from modelyard.storage import files
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from tests.support.statements import counted


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/modelyard.db")
    yield opened
    opened.close()


def file(path: str) -> File:
    return File(path, Blob("sha256:00", 1), 0)


async def fill(database: Database, *paths: str) -> None:
    def work(transaction: Transaction) -> None:
        for path in paths:
            files.put(transaction, 1, file(path))

    await database.write(work)


async def test_a_level_is_two_statements_that_jump_over_what_is_below(database: Database) -> None:
    await fill(database, *(f"r/d{number % 3}/{number}" for number in range(3000)), "r/x")
    with counted(database) as seen:
        found = await database.read(lambda transaction: files.level(transaction, 1, "r"))
    assert [entry.path for entry in found] == ["r/d0", "r/d1", "r/d2", "r/x"]
    assert len(seen) == 2

    def steps(transaction: Transaction) -> int:
        """Rows that SQLite's virtual machine looks at, in thousands of its instructions."""
        ticks = 0

        def tick() -> int:
            nonlocal ticks
            ticks += 1
            return 0

        connection = transaction.connection.driver_connection
        assert connection is not None
        connection.set_progress_handler(tick, 1000)
        files.level(transaction, 1, "r")
        connection.set_progress_handler(None, 0)
        return ticks

    assert await database.read(steps) <= 2


async def test_a_listing_starts_behind_what_was_seen(database: Database) -> None:
    await fill(database, "r/a/x", "r/a-b/x", "r/a.txt", "r/b")

    async def after(key: str) -> list[str]:
        found = await database.read(lambda transaction: files.level(transaction, 1, "r", key, 10))
        return [files.sort_key(entry, "r") for entry in found]

    everything = ["a-b/", "a.txt", "a/", "b"]
    assert [await after(key) for key in ("", *everything)] == [everything[start:] for start in range(5)]


async def test_every_look_up_uses_an_index(database: Database) -> None:
    await fill(database, "a/b")

    def plans(transaction: Transaction) -> list[str]:
        found: list[str] = []
        for statement in seen:
            filled = text("EXPLAIN QUERY PLAN " + statement.replace("?", "''").replace(":", "\\:"))
            found += [row.detail for row in transaction.execute(filled)]
        return found

    def looks(transaction: Transaction) -> None:
        files.get(transaction, 1, "a/b")
        files.in_the_way(transaction, 1, "a/b/c")
        files.is_directory(transaction, 1, "a")
        files.walk(transaction, 1, "a")
        files.level(transaction, 1, "a")

    with counted(database) as seen:
        await database.read(looks)
    plan = await database.read(plans)
    assert plan
    assert not [line for line in plan if line.startswith("SCAN files")]
