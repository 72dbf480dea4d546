"""The stock client and artifacts in a bucket: files go past the server, in parts."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository

from tests.support.s3 import Bucket, Store
from tests.support.server import RunningServer, running_server
from tests.support.streams import noise

CHUNK = 1 << 20


@pytest.fixture(scope="module")
def bucket(s3: Store) -> Bucket:
    return s3.bucket("mlflow-client")


@pytest.fixture(scope="module")
def server(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("bucket")
    with running_server(home, "--artifacts", bucket.url, env=bucket.env) as running:
        yield running


@pytest.fixture(autouse=True)
def client_settings(monkeypatch: pytest.MonkeyPatch, server: RunningServer) -> Iterator[None]:
    """Parts small enough for a test; what the client does otherwise, the server tells it."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(2 * CHUNK))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(CHUNK))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(CHUNK))
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server.url)
    yield
    mlflow.set_tracking_uri(before)


@pytest.fixture
def client(server: RunningServer) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(server.url)


@pytest.fixture
def run(client: mlflow.MlflowClient) -> str:
    created: str = client.create_run("0").info.run_id
    return created


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Three parts and a half."""
    path = tmp_path / "big model.bin"
    path.write_bytes(noise(1, 7 * CHUNK // 2))
    return path


@pytest.mark.parametrize("asked", [None, "true"])
def test_a_big_file_goes_up_and_comes_down_past_the_server(
    client: mlflow.MlflowClient,
    run: str,
    big: Path,
    bucket: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str | None,
) -> None:
    if asked is not None:
        monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", asked)
        monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", asked)
    put, got = bucket.signed("PUT"), bucket.signed("GET")
    client.log_artifact(run, str(big), "deep/er")
    assert bucket.signed("PUT") - put == 4
    assert [(one.path, one.file_size) for one in client.list_artifacts(run, "deep/er")] == [
        ("deep/er/big model.bin", big.stat().st_size)
    ]
    fetched = client.download_artifacts(run, "deep/er/big model.bin", str(tmp_path / "to"))
    assert Path(fetched).read_bytes() == big.read_bytes()
    assert bucket.signed("GET") - got == 4


def test_small_and_empty_files_of_a_tree_come_down_as_they_are(
    client: mlflow.MlflowClient, run: str, tmp_path: Path
) -> None:
    content = {"a.txt": b"a", "b/empty": b"", "b/100%.bin": noise(2, 3 * CHUNK)}
    for path, held in content.items():
        place = tmp_path / "source" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(held)
    client.log_artifacts(run, str(tmp_path / "source"), "tree")
    fetched = Path(client.download_artifacts(run, "tree", str(tmp_path)))
    found = {path.relative_to(fetched).as_posix(): path.read_bytes() for path in fetched.rglob("*") if path.is_file()}
    assert found == content


def test_a_client_that_wants_nothing_of_it_sends_one_piece(
    client: mlflow.MlflowClient, run: str, big: Path, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "false")
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false")
    before = bucket.signed("PUT"), bucket.signed("GET")
    client.log_artifact(run, str(big))
    fetched = client.download_artifacts(run, big.name, str(tmp_path / "to"))
    assert Path(fetched).read_bytes() == big.read_bytes()
    assert (bucket.signed("PUT"), bucket.signed("GET")) == before


def test_a_client_that_breaks_off_leaves_nothing(
    client: mlflow.MlflowClient, run: str, big: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = HttpArtifactRepository._upload_part

    def but_for_the_last(credential: object, local_file: str, size: int, start_byte: int) -> object:
        if start_byte == 3 * CHUNK:
            raise ConnectionError("the cable was pulled")
        return whole(credential, local_file, size, start_byte)

    monkeypatch.setattr(HttpArtifactRepository, "_upload_part", staticmethod(but_for_the_last))
    with pytest.raises(MlflowException, match="the cable was pulled"):
        client.log_artifact(run, str(big))
    assert client.list_artifacts(run) == []
    assert [key for key in bucket.keys("uploads") if not key.endswith("upload.json")] == []


def test_a_switch_keeps_all_files_with_the_server(bucket: Bucket, big: Path, tmp_path: Path) -> None:
    flags = ("--artifacts", bucket.url, "--presigned-urls", "off")
    with running_server(tmp_path, *flags, env=bucket.env) as server:
        info = httpx.get(f"{server.url}/api/3.0/mlflow/server-info").json()
        assert (info["multipart_uploads_enabled"], info["multipart_downloads_enabled"]) == (False, False)
        client = mlflow.MlflowClient(server.url)
        mlflow.set_tracking_uri(server.url)
        run = client.create_run("0").info.run_id
        before = bucket.signed("PUT"), bucket.signed("GET")
        client.log_artifact(run, str(big))
        fetched = client.download_artifacts(run, big.name, str(tmp_path / "to"))
        assert Path(fetched).read_bytes() == big.read_bytes()
        assert (bucket.signed("PUT"), bucket.signed("GET")) == before


def test_server_info_says_what_the_store_can_do(server: RunningServer) -> None:
    info = httpx.get(f"{server.url}/api/3.0/mlflow/server-info").json()
    assert (info["multipart_uploads_enabled"], info["multipart_downloads_enabled"]) == (True, True)
    assert info["presigned_upload_run_id_supported"] is False
