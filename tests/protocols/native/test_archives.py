"""Folders of files as zips, from a real server: files that the stock `mlflow` client logged."""

import io
import zipfile
from pathlib import Path

import httpx
import pytest
from mlflow import MlflowClient

from tests.support.saved_models import saved
from tests.support.stocked import MODEL, Stocked


@pytest.fixture
def client(stocked: Stocked) -> MlflowClient:
    return MlflowClient(stocked.url, stocked.url)


@pytest.fixture
def run(client: MlflowClient, tmp_path: Path) -> str:
    run_id = str(client.create_run("0", run_name="Ärger / mit $Namen").info.run_id)
    folder = tmp_path / "files"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "weights.bin").write_bytes(bytes(range(256)) * 20_000)
    (folder / "deep" / "<img src=x>.txt").write_text("text")
    (folder / "top.txt").write_text("top")
    client.log_artifacts(run_id, str(folder))
    return run_id


def fetched(stocked: Stocked, address: str, **query: str) -> tuple[httpx.Response, zipfile.ZipFile]:
    answer = httpx.get(f"{stocked.url}/api/v1/{address}", params=query, timeout=120)
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return answer, archive


def test_all_that_a_run_has_is_one_archive(stocked: Stocked, run: str) -> None:
    answer, archive = fetched(stocked, f"runs/{run}/artifacts/archive")
    folder = archive.namelist()[0].partition("/")[0]
    assert folder == "Ärger-mit-Namen"
    assert sorted(archive.namelist()) == [
        f"{folder}/deep/<img src=x>.txt",
        f"{folder}/deep/er/weights.bin",
        f"{folder}/top.txt",
    ]
    assert archive.read(f"{folder}/deep/er/weights.bin") == bytes(range(256)) * 20_000
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_folder_is_an_archive_of_its_own(stocked: Stocked, run: str) -> None:
    _, archive = fetched(stocked, f"runs/{run}/artifacts/archive", path="deep/er")
    assert archive.namelist() == ["deep-er/weights.bin"]


@pytest.mark.parametrize("uri", [f"models:/{MODEL}/1", f"models:/{MODEL}@champion"])
def test_the_files_of_a_version_are_those_that_were_registered(stocked: Stocked, uri: str) -> None:
    _, archive = fetched(stocked, "model-archive", uri=uri)
    files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    folder = saved() / MODEL
    assert files == {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def test_a_logged_model_is_fetched_as_a_whole(stocked: Stocked) -> None:
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/", timeout=120) as http:
        made = http.post("mlflow/logged-models", json={"experiment_id": "0", "name": "mine"}).json()
        model_id = made["model"]["info"]["model_id"]
        place = f"mlflow-artifacts/artifacts/0/models/{model_id}/artifacts/MLmodel"
        http.put(place, content=b"flavors: {}").raise_for_status()
    _, archive = fetched(stocked, "model-archive", uri=f"models:/{model_id}")
    assert archive.namelist() == [f"{model_id}/MLmodel"]


@pytest.mark.parametrize(
    ("path", "status"), [("none", 404), ("../../1", 400), ("%2e%2e/x", 400), ("/etc", 400), ("a\nb", 400), ("#", 400)]
)
def test_what_is_not_there_or_leads_elsewhere_is_refused(stocked: Stocked, run: str, path: str, status: int) -> None:
    answer = httpx.get(f"{stocked.url}/api/v1/runs/{run}/artifacts/archive", params={"path": path})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")


def test_an_archive_breaks_off_when_a_file_is_lost(stocked: Stocked, client: MlflowClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(f"only here: {name}".encode() * 50_000)
        client.log_artifact(run_id, str(tmp_path / name))
    [lost] = [one for one in (stocked.server.data_dir / "artifacts").rglob("*") if _begins(one, b"only here: b")]
    lost.unlink()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{stocked.url}/api/v1/runs/{run_id}/artifacts/archive", timeout=120)
    assert httpx.get(f"{stocked.url}/api/v1/server").status_code == 200


def _begins(file: Path, content: bytes) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(content)) == content
