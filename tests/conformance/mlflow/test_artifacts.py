import json
from pathlib import Path

import mlflow
import pytest
from matplotlib.figure import Figure
from mlflow.artifacts import download_artifacts, load_dict, load_text
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from tests.support.server import RunningServer
from tests.support.streams import noise


def listed(client: mlflow.MlflowClient, run: str, path: str | None = None) -> list[tuple[str, bool, int | None]]:
    return [(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(run, path)]


def test_a_logged_file_is_listed_and_downloaded(client: mlflow.MlflowClient, run: str, tmp_path: Path) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(noise(1, 2_500_000))
    client.log_artifact(run, str(source))
    client.log_artifact(run, str(source), "deep/er")
    assert listed(client, run) == [("deep", True, None), ("weights.bin", False, 2_500_000)]
    assert listed(client, run, "deep") == [("deep/er", True, None)]
    assert listed(client, run, "deep/er/weights.bin") == []
    fetched = client.download_artifacts(run, "deep/er/weights.bin", str(tmp_path))
    assert Path(fetched).read_bytes() == source.read_bytes()


def test_a_directory_goes_up_and_comes_down_as_it_was(client: mlflow.MlflowClient, run: str, tmp_path: Path) -> None:
    content = {"a.txt": b"a", "b/c d.bin": b"\0\1", "b/ünï/x.json": b"{}", "b/empty": b"", "b-2/100%.txt": b"%"}
    for path, held in content.items():
        place = tmp_path / "source" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(held)
    client.log_artifacts(run, str(tmp_path / "source"), "tree")
    fetched = Path(download_artifacts(run_id=run, artifact_path="tree", dst_path=str(tmp_path / "target")))
    found = {path.relative_to(fetched).as_posix(): path.read_bytes() for path in fetched.rglob("*") if path.is_file()}
    assert found == content
    everything = Path(download_artifacts(run_id=run, dst_path=str(tmp_path / "all")))
    assert (everything / "tree" / "b" / "ünï" / "x.json").read_bytes() == b"{}"


def test_texts_and_dicts_are_logged_and_loaded(client: mlflow.MlflowClient, run: str) -> None:
    uri = client.get_run(run).info.artifact_uri
    client.log_text(run, "héllo\n", "notes/hello.md")
    client.log_dict(run, {"a": [1, None]}, "config/c.json")
    client.log_dict(run, {"a": 1}, "config/c.yaml")
    assert load_text(f"{uri}/notes/hello.md") == "héllo\n"
    assert load_dict(f"{uri}/config/c.json") == {"a": [1, None]}
    assert load_dict(f"runs:/{run}/config/c.json") == {"a": [1, None]}
    assert load_text(f"runs:/{run}/config/c.yaml") == "a: 1\n"


def test_a_text_logged_again_replaces_the_first(client: mlflow.MlflowClient, run: str) -> None:
    client.log_text(run, "old", "a.txt")
    client.log_text(run, "new", "a.txt")
    assert load_text(f"runs:/{run}/a.txt") == "new"


@pytest.mark.filterwarnings("ignore:For backward compatibility")  # how the client asks pandas
def test_a_table_grows(client: mlflow.MlflowClient, run: str) -> None:
    client.log_table(run, {"x": [1], "y": ["a"]}, "table.json")
    client.log_table(run, {"x": [2], "y": ["b"]}, "table.json")
    table = json.loads(load_text(f"runs:/{run}/table.json"))
    assert table == {"columns": ["x", "y"], "data": [[1, "a"], [2, "b"]]}


def test_a_figure_is_logged(client: mlflow.MlflowClient, run: str, tmp_path: Path) -> None:
    figure = Figure()
    figure.subplots().plot([1, 2])
    client.log_figure(run, figure, "plots/f.png")
    fetched = Path(client.download_artifacts(run, "plots/f.png", str(tmp_path)))
    assert fetched.read_bytes().startswith(b"\x89PNG")


def test_the_fluent_calls_of_the_quickstart_work(server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "features.txt").write_text("rooms, zipcode")
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(tmp_path / "features.txt"))
        mlflow.log_text("text", "t.txt")
        uri = mlflow.get_artifact_uri("features.txt")
    assert uri == f"mlflow-artifacts:/0/{run.info.run_id}/artifacts/features.txt"
    assert load_text(uri) == "rooms, zipcode"


def test_a_deleted_artifact_is_gone(client: mlflow.MlflowClient, run: str) -> None:
    client.log_text(run, "a", "d/a")
    client.log_text(run, "b", "d/e/b")
    client.log_text(run, "c", "c")
    repository = get_artifact_repository(client.get_run(run).info.artifact_uri)
    repository.delete_artifacts("d")
    assert listed(client, run) == [("c", False, 1)]
    repository.delete_artifacts()
    repository.delete_artifacts()
    assert listed(client, run) == []


def test_what_is_not_there_is_told(client: mlflow.MlflowClient, run: str, tmp_path: Path) -> None:
    with pytest.raises(MlflowException, match="Failed to download artifacts"):
        client.download_artifacts(run, "none.txt", str(tmp_path))


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_a_big_file_is_sent_in_one_piece_whatever_the_client_wants(
    client: mlflow.MlflowClient, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", wanted)
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", wanted)
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(5 << 20))
    source = tmp_path / "big.bin"
    source.write_bytes(noise(2, 12 << 20))
    client.log_artifact(run, str(source))
    fetched = Path(client.download_artifacts(run, "big.bin", str(tmp_path / "to")))
    assert fetched.read_bytes() == source.read_bytes()
