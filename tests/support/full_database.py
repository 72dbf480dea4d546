"""A program that fills the disk under a database: python -m tests.support.full_database ROOT."""

import asyncio
import sqlite3
import sys
from pathlib import Path

from modelyard.domain.errors import StorageFull
from modelyard.storage import experiments
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from tests.support.full_disk import make_small
from tests.support.gathering import together

WRITERS = 20


def fill_disk(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


async def write(database: Database, number: int) -> None:
    def work(transaction: Transaction) -> None:
        made = experiments.insert_one(transaction, 1, f"experiment {number}", "", 0)
        experiments.put_tags(transaction, 1, int(made), [("big", "x" * 16_384)])

    await database.write(work)


async def names(database: Database) -> list[str]:
    def work(transaction: Transaction) -> list[str]:
        found = (experiments.by_name(transaction, 1, f"experiment {number}") for number in range(WRITERS + 1))
        return [experiment.name for experiment in found if experiment is not None]

    return await database.read(work)


async def main(root: Path) -> None:
    database = open_database(f"sqlite:///{root}/modelyard.db")
    await write(database, 0)
    fill_disk(root / "ballast")
    outcomes = await together(database, *(write(database, number) for number in range(1, WRITERS + 1)))
    assert {type(outcome) for outcome in outcomes} == {StorageFull}, outcomes
    assert await names(database) == ["experiment 0"]
    (root / "ballast").unlink()
    outcomes = await together(database, *(write(database, number) for number in range(1, WRITERS + 1)))
    assert outcomes == [None] * WRITERS
    assert len(await names(database)) == WRITERS + 1
    database.close()
    assert sqlite3.connect(root / "modelyard.db").execute("PRAGMA integrity_check").fetchall() == [("ok",)]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    make_small(folder)
    asyncio.run(main(folder))
