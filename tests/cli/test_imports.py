import json
from pathlib import Path

import pytest

from tests.support import mlruns
from tests.support.command_line import run
from tests.support.server import running_server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return mlruns.store(tmp_path / "mlruns", {"7": "rides"})


def test_an_import_says_what_came(store: Path, tmp_path: Path) -> None:
    ended = run("import", "mlflow", str(store), "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 0, ended.stderr
    assert "rides" in ended.stdout
    assert "Added 2 runs with 20 points" in ended.stdout
    assert ended.stderr == ""


def test_a_rehearsal_makes_no_data_directory(store: Path, tmp_path: Path) -> None:
    ended = run("import", "mlflow", str(store), "--data-dir", str(tmp_path / "data"), "--dry-run", "--json")
    assert json.loads(ended.stdout)["added"]["runs"] == 2
    assert not (tmp_path / "data").exists()


def test_what_was_left_out_ends_with_1(store: Path, tmp_path: Path) -> None:
    mlruns.put(store / "7" / "7r1" / "metrics" / "loss", "not a metric")
    stopped = run("import", "mlflow", str(store), "--data-dir", str(tmp_path / "data"))
    assert stopped.returncode == 1
    assert "--keep-going" in stopped.stderr
    ended = run("import", "mlflow", str(store), "--data-dir", str(tmp_path / "data"), "--keep-going")
    assert ended.returncode == 1
    assert "Error: Run 7r1 was left out" in ended.stderr
    assert "Added 1 runs" in ended.stdout


def test_a_running_server_is_not_disturbed(store: Path, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        ended = run("import", "mlflow", str(store), "--data-dir", str(server.data_dir))
    assert ended.returncode == 1
    assert f"in use by another server (process {server.process.pid}" in ended.stderr


@pytest.mark.parametrize("arguments", [("mlflow",), ("a", "b"), ("mlflow", "a", "b")])
def test_a_misspelt_import_says_how_to_write_it(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = run("import", *arguments, "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 2
    assert "modelyard import mlflow SOURCE" in ended.stderr


def test_a_file_store_is_not_taken_for_an_export(store: Path, tmp_path: Path) -> None:
    ended = run("import", str(store), "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 1
    assert f"`modelyard import mlflow {store}`" in ended.stderr


def test_an_export_goes_where_nothing_is(store: Path, tmp_path: Path) -> None:
    data, target = str(tmp_path / "data"), tmp_path / "carried"
    assert run("export", str(target), "--data-dir", data).stderr.startswith("Error: There is no data directory")
    run("import", "mlflow", str(store), "--data-dir", data)
    ended = run("export", str(target), "--data-dir", data, "--json")
    assert json.loads(ended.stdout)["written"]["points"] == 20
    assert (target / "artifacts" / "7" / "7r0" / "artifacts" / "note.txt").read_text() == "7r0"
    assert "not empty" in run("export", str(target), "--data-dir", data).stderr


def test_a_damaged_export_names_the_file(store: Path, tmp_path: Path) -> None:
    data, target = str(tmp_path / "data"), tmp_path / "carried"
    run("import", "mlflow", str(store), "--data-dir", data)
    run("export", str(target), "--data-dir", data)
    damaged = target / "experiments" / "7" / "metrics.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    ended = run("import", str(target), "--data-dir", str(tmp_path / "other"))
    assert ended.returncode == 1
    assert f"Error: Experiment 7: {damaged}" in ended.stderr
