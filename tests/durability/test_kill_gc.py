"""Kills a process that empties the trash, again and again; in the end all of that is gone, and nothing else.

`make durability` is the long form.
"""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelyard.domain.deletion import Tally
from modelyard.domain.jobs import JobState
from modelyard.storage.opening import open_database
from tests.support.streams import whole
from tests.support.tracking import ME
from tests.support.trash import bench

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("MODELYARD_KILL_ROUNDS", "4"))
RUNS = 10


def killed_after(seconds: float, *arguments: str) -> bool:
    """Whether the process had to be killed."""
    program = [sys.executable, "-m", "tests.support.purging_process", *arguments]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == b"working\n", process.stderr.read() if process.stderr else b""
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        return process.returncode != 0


async def test_emptying_the_trash_survives_being_killed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.services.sweeping.GRACE", -1.0)
    blobs = tmp_path / "artifacts"
    database = open_database(database_url)
    trash = bench(database, blobs)
    stays = await trash.experiment("stays")
    kept = await trash.run(stays, [b"shared", b"mine"])
    before = await trash.counts()
    goes = await trash.experiment("goes")
    for number in range(RUNS):
        await trash.run(goes, [b"shared", f"{number}".encode(), f"{number}/".encode()])
    await trash.experiments.delete(ME, goes)
    planned = await trash.plan()
    job = await trash.start()
    database.close()
    for _ in range(KILLS):
        if not killed_after(random.uniform(0, 0.15), database_url, str(blobs), job.id):  # noqa: S311 - when, is what is tried
            break
    database = open_database(database_url)
    trash = bench(database, blobs)
    found = await trash.jobs.get(ME, job.id)
    if found.state is not JobState.SUCCEEDED:
        await trash.deletion.carry_out(found)
        found = await trash.jobs.get(ME, job.id)
    assert Tally.of(found.progress["tally"]) == planned
    assert await trash.counts() == before
    assert len(trash.contents()) == 2
    _, stream = await trash.artifacts.open(ME, f"{stays}/{kept}/artifacts/f0")
    assert await whole(stream) == b"shared"
    database.close()
    if database_url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(tmp_path / "modelyard.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
