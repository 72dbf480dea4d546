"""What the real MLflow has stored, seen by its own client before an import and after."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import mlflow_stores
from tests.support.command_line import run
from tests.support.server import running_server


@pytest.fixture(params=["files", "database", "server"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store of the real MLflow is, and how its own client finds it."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    if request.param == "server":
        with mlflow_stores.mlflow_server(folder) as url:
            mlflow_stores.fill(url)
            yield url
        return
    uri = f"file://{folder}/mlruns" if request.param == "files" else f"sqlite:///{folder}/mlflow.db"
    mlflow_stores.fill(uri)
    yield uri


def bring(source: str, folder: Path, *more: str) -> Any:
    """Into a data directory in `folder`; what the command said."""
    ended = run("import", *more, source, "--data-dir", str(folder / "data"), "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def seen(folder: Path) -> dict[str, Any]:
    """What MLflow's client reads from our server over the data in `folder`."""
    with running_server(folder) as server:
        return mlflow_stores.dump(server.url)


def without_model_times(shown: dict[str, Any]) -> dict[str, Any]:
    """An import changes nothing that is here, so a model that went on at home keeps its time of change here."""
    for one in shown["models"].values():
        one.pop("times")
    return shown


def test_everything_reads_as_it_did_and_what_is_new_follows(source: str, tmp_path: Path) -> None:
    theirs = mlflow_stores.dump(source)
    report = bring(source, tmp_path, "mlflow")
    assert report["problems"] == []
    assert report["added"]["runs"] == len(theirs["runs"]) == 5
    assert report["added"]["files"] == 2
    assert seen(tmp_path) == theirs

    assert set(bring(source, tmp_path, "mlflow")["added"].values()) == {0}

    mlflow_stores.add(source)
    added = bring(source, tmp_path, "mlflow")["added"]
    assert {name: added[name] for name in ("runs", "points", "files", "versions")} == {
        "runs": 1,
        "points": 2,
        "files": 1,
        "versions": 1,
    }
    assert without_model_times(seen(tmp_path)) == without_model_times(mlflow_stores.dump(source))


def test_an_export_read_back_into_an_empty_store_is_equal(tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path}/mlflow.db"
    mlflow_stores.fill(source)
    bring(source, tmp_path, "mlflow")
    ours = seen(tmp_path)
    ended = run("export", str(tmp_path / "carried"), "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 0, ended.stderr
    (tmp_path / "elsewhere").mkdir()
    report = bring(str(tmp_path / "carried"), tmp_path / "elsewhere")
    assert report["notes"] == report["problems"] == []
    assert seen(tmp_path / "elsewhere") == ours
    assert set(bring(str(tmp_path / "carried"), tmp_path / "elsewhere")["added"].values()) == {0}
