"""Kills a writing process with SIGKILL, again and again; what it was told is stored must be there, once.

`make durability` is the long form.
"""

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Table, func, select

from modelyard.formats.chunks import count_of
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from modelyard.storage.tables.tracking import chunks, runs
from tests.support.eager_writer import batch
from tests.support.tracking import ME, shown

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("MODELYARD_KILL_ROUNDS", "3"))
PATIENCE = 300.0


def write_until_killed(url: str, journal: Path) -> None:
    program = [sys.executable, "-m", "tests.support.eager_writer", url, str(journal)]
    writer = subprocess.Popen(program, cwd=ROOT, stderr=subprocess.PIPE)
    until = time.monotonic() + PATIENCE
    while not journal.exists() or not journal.stat().st_size:
        assert writer.poll() is None, (writer.stderr.read() if writer.stderr else b"").decode()
        assert time.monotonic() < until, "nothing was written"
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.5))  # noqa: S311 - the moment of the kill is what is tried
    writer.kill()
    writer.communicate()


def acknowledged(journal: Path) -> Mapping[str, int]:
    """By run, the last batch that was answered; -1 when only its creation was."""
    last: dict[str, int] = defaultdict(lambda: -1)
    for line in journal.read_text().splitlines(keepends=True):
        if line.endswith("\n"):  # the last one may be cut
            run, number = line.split()
            last[run] = max(last[run], int(number))
    return last


async def check(database: Database, run: str, last: int) -> int:
    """Everything up to batch `last` is there, at most one batch more, each whole and once; answers how many."""
    points = (await Series(database).history(ME, run, "loss")).items
    count, rest = divmod(len(points), 4)
    assert rest == 0, "half a batch"
    assert last + 1 <= count <= last + 2
    wanted = [point for number in range(count) for point in batch(number).metrics]
    assert [(point.step, point.timestamp, point.value) for point in points] == [
        (point.step, point.timestamp, point.value) for point in wanted
    ]
    document = shown(await Runs(database).get(ME, run))
    assert document["params"] == {f"p{number}": str(number) for number in range(count)}
    assert document["tags"].get("last") == (str(count - 1) if count else None)
    if count:
        assert document["metrics"]["loss"] == (wanted[-1].value, wanted[-1].timestamp, wanted[-1].step)
    return count


async def check_all(url: str, journals: Sequence[Path]) -> int:
    """Everything that these journals tell of; answers how many batches that is."""
    database = open_database(url)
    last = {run: number for journal in journals for run, number in acknowledged(journal).items()}
    batches = sum([await check(database, run, number) for run, number in last.items()])
    assert await rows(database, runs) >= len(last), "a run was lost"
    database.close()
    return batches


async def points_in(url: str) -> int:
    """All points of all chunks, merged or not."""
    database = open_database(url)
    stored = await database.read(lambda transaction: transaction.execute(select(chunks.c.points)).scalars().all())
    database.close()
    return sum(map(count_of, stored))


async def rows(database: Database, table: Table) -> int:
    counting = select(func.count()).select_from(table)
    return await database.read(lambda transaction: int(transaction.execute(counting).scalar_one()))


async def test_what_was_acknowledged_survives_being_killed(database_url: str, tmp_path: Path) -> None:
    journals = [tmp_path / f"journal-{number}" for number in range(ROUNDS)]
    batches = 0
    for journal in journals:
        write_until_killed(database_url, journal)
        batches += await check_all(database_url, [journal])
        assert await points_in(database_url) == 4 * batches, "some were stored twice"
    assert await check_all(database_url, journals) == batches
    if database_url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(tmp_path / "modelyard.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
