"""Tables among artifacts, over HTTP on a real server."""

import os
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient
from obstore.store import MemoryStore

from modelyard.domain.errors import TooLarge
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.domain.tables import TablePage
from modelyard.services import tables
from modelyard.services.artifacts import Artifacts
from modelyard.storage.blob_bucket import BucketBlobs
from modelyard.storage.database import Database
from tests.support.stocked import Stocked
from tests.support.streams import pieces


@pytest.fixture
def run(stocked: Stocked, tmp_path: Path) -> str:
    client = MlflowClient(stocked.url, stocked.url)
    run_id = str(client.create_run("0").info.run_id)
    pq.write_table(pa.table({"n": range(500)}), tmp_path / "rows.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not")
    for name in ("rows", "broken"):
        client.log_artifact(run_id, str(tmp_path / f"{name}.parquet"), "data")
    return run_id


def asked(stocked: Stocked, run: str, **query: str) -> httpx.Response:
    return httpx.get(f"{stocked.url}/api/v1/runs/{run}/artifacts/table", params=query, timeout=120)


def test_rows_are_answered_page_by_page(stocked: Stocked, run: str) -> None:
    answer = asked(stocked, run, path="data/rows.parquet", offset="490", limit="20").json()
    assert answer["columns"] == [{"name": "n", "type": "int64", "numeric": True}]
    assert answer["rows"] == [[str(at)] for at in range(490, 500)]
    assert (answer["total_rows"], answer["total_columns"]) == (500, 1)


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("data/broken.parquet", {}, 400),
        ("data/none.parquet", {}, 404),
        ("data", {}, 400),
        ("../x", {}, 400),
        ("data/rows.parquet", {"limit": "100000"}, 400),
        ("data/rows.parquet", {"offset": "-1"}, 400),
    ],
)
def test_what_is_no_table_is_refused(stocked: Stocked, run: str, path: str, more: dict[str, str], status: int) -> None:
    answer = asked(stocked, run, path=path, **more)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


async def test_a_table_in_a_bucket_is_brought_here_unless_it_is_big(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = BucketBlobs(MemoryStore(), "s3://bucket")
    artifacts = Artifacts(database, blobs)
    await artifacts.put(LOCAL_OWNER, "t.parquet", pieces(b"12345678"))

    async def read(descriptor: int, offset: int, limit: int) -> TablePage:
        return TablePage((), [[os.read(descriptor, 100).decode()]], offset, limit)

    service = tables.Tables(artifacts, blobs, read)
    assert await service.page(LOCAL_OWNER, "t.parquet", 1, 2) == TablePage((), [["12345678"]], 1, 2)
    monkeypatch.setattr(tables, "MOST_FETCHED", 7)
    with pytest.raises(TooLarge, match="in a bucket"):
        await service.page(LOCAL_OWNER, "t.parquet", 1, 2)
