"""Kills an import with SIGKILL, again and again: a run is there wholly or not; the next import goes on."""

import os
import random
import sqlite3
import subprocess
import time
from pathlib import Path

from modelyard.services.import_experiments import PAGE
from tests.support import mlruns
from tests.support.command_line import run
from tests.support.server import clean_environment, command

ROUNDS = max(3, int(os.environ.get("MODELYARD_KILL_ROUNDS", "3")) // 10)
EXPERIMENTS = {str(number): f"experiment {number}" for number in (100, 101)}
RUNS = 150
PATIENCE = 300.0


def killed(root: Path, data: Path) -> None:
    """Starts an import and kills it some time after it has begun to copy."""
    started = subprocess.Popen(
        command("import", "mlflow", str(root), "--data-dir", str(data)),
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + PATIENCE
    while not (data / "artifacts" / "blobs").exists():
        assert started.poll() is None
        assert time.monotonic() < until, "nothing was copied"
        time.sleep(0.01)
    time.sleep(random.uniform(0, 1.5))  # noqa: S311 - the moment of the kill is what is tried
    started.kill()
    started.wait()


def counts(data: Path) -> dict[str, int]:
    """Runs with all their points, by experiment."""
    with sqlite3.connect(data / "modelyard.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute(
            "SELECT e.pk, count(s.pk) FROM experiments e LEFT JOIN runs r ON r.experiment_pk = e.pk"
            " LEFT JOIN series s ON s.run_pk = r.pk WHERE e.pk > 0 GROUP BY e.pk"
        ).fetchall()
    database.close()
    return {str(pk): count for pk, count in rows}


def test_an_import_that_is_killed_leaves_whole_pages_and_can_be_repeated(tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", EXPERIMENTS, RUNS)
    for number in range(ROUNDS):
        data = tmp_path / f"data{number}"
        killed(root, data)
        if (data / "modelyard.db").exists():
            assert set(counts(data).values()) <= {PAGE, RUNS}
        ended = run("import", "mlflow", str(root), "--data-dir", str(data))
        assert ended.returncode == 0, ended.stderr
        assert counts(data) == dict.fromkeys(EXPERIMENTS, RUNS)
