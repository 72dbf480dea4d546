"""Databases of MLflow versions that never had some table or column, and damaged ones."""

import math
import sqlite3
from pathlib import Path

import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.imports import Unreadable
from modelyard.storage.foreign.mlflow_database import MlflowDatabase

OLDEST = """
CREATE TABLE experiments (experiment_id INTEGER, name TEXT, artifact_location TEXT, lifecycle_stage TEXT);
CREATE TABLE runs (run_uuid TEXT, name TEXT, user_id TEXT, status TEXT, start_time INTEGER, end_time INTEGER,
    lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, is_nan INTEGER);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
INSERT INTO experiments VALUES (1, 'old', '/art/1', 'active');
INSERT INTO runs VALUES ('r1', '', 'me', 'FINISHED', 5, 9, 'active', '/art/1/r1/artifacts', 1);
INSERT INTO metrics VALUES ('loss', 0.5, 1, 'r1', 0, 0), ('loss', 0, 2, 'r1', 1, 1), ('acc', 1, 3, 'r1', 0, 0);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    change(tmp_path / "mlflow.db", OLDEST)
    return tmp_path / "mlflow.db"


def change(path: Path, script: str) -> None:
    database = sqlite3.connect(path)
    database.executescript(script)
    database.close()


def opened(path: Path) -> MlflowDatabase:
    return MlflowDatabase(f"sqlite:///{path}", path.parent)


def test_an_old_schema_is_read(path: Path) -> None:
    store = opened(path)
    assert (store.experiment("1").name, store.experiment("1").created_at) == ("old", 0)
    assert list(store.run_ids("1")) == ["r1"]
    assert (store.run("1", "r1").run.user, store.run("1", "r1").inputs) == ("me", [])
    points = {key: [(at, step, "nan" if math.isnan(value) else value) for step, at, value in piece]
              for key, piece in store.points("1", "r1")}  # fmt: skip
    assert points == {"acc": [(3, 0, 1.0)], "loss": [(1, 0, 0.5), (2, 1, "nan")]}
    assert store.logged_model_ids("1") == store.model_names() == []
    store.close()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("UPDATE runs SET status = 'LOST'", "table runs, run_uuid r1: status 'LOST'"),
        ("UPDATE runs SET lifecycle_stage = 'lost'", "table runs, run_uuid r1: lifecycle_stage 'lost'"),
        ("UPDATE metrics SET value = 'much'", "table metrics, run_uuid r1, key 'acc'"),
    ],
)
def test_a_damaged_row_is_named(path: Path, script: str, said: str) -> None:
    change(path, script)
    store = opened(path)
    with pytest.raises(Unreadable) as raised:
        list(store.points("1", store.run("1", "r1").run.id))
    assert said in raised.value.message
    store.close()


def test_other_databases_are_refused_and_left_alone(tmp_path: Path) -> None:
    change(tmp_path / "other.db", "CREATE TABLE recipes (name TEXT)")
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(NotFound, match="no table experiments"):
        opened(tmp_path / "other.db")
    with pytest.raises(NotFound, match="There is no file"):
        opened(tmp_path / "none.db")
    assert (tmp_path / "other.db").read_bytes() == before
    assert not (tmp_path / "none.db").exists()
