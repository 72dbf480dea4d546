import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import obstore
import pytest
from obstore.store import MemoryStore, S3Store

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import Corrupt, Unavailable
from modelyard.storage.blob_bucket import BucketBlobs, open_bucket
from tests.support.streams import Cut, cut_off, noise, pieces, whole

PART = 1 << 18
SIZES = [0, 1, PART - 1, PART, PART + 1, 1_000_000]


def bucket(store: MemoryStore, largest_copy: int = 1 << 30) -> BucketBlobs:
    return BucketBlobs(store, "memory", part=PART, largest_copy=largest_copy)


async def keys(store: MemoryStore) -> list[str]:
    return [found["path"] for found in await obstore.list(store).collect_async()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("largest_copy", [1 << 30, PART])
async def test_what_is_put_comes_back(size: int, largest_copy: int) -> None:
    store = MemoryStore()
    blobs = bucket(store, largest_copy)
    content = noise(size, size)
    blob = await blobs.put(pieces(content))
    assert await blobs.put(pieces(content)) == blob
    assert await whole(await blobs.get(blob)) == content
    assert await whole(await blobs.get(blob, 5, 900_000)) == content[5:900_000]
    digest = blob.digest.removeprefix("sha256:")
    assert await keys(store) == [f"blobs/{digest[:2]}/{digest[2:]}"]
    assert await blobs.local_path(blob) is None


@pytest.mark.parametrize("at", [0, PART // 2, PART, 700_000, 1_000_000])
async def test_an_upload_that_is_cut_leaves_nothing(at: int) -> None:
    store = MemoryStore()
    with pytest.raises(Cut):
        await bucket(store).put(cut_off(noise(1, 1_000_000), at))
    assert await keys(store) == []


async def test_a_missing_object_is_said_before_the_first_byte() -> None:
    with pytest.raises(Corrupt, match="missing"):
        await bucket(MemoryStore()).get(Blob("sha256:" + "0" * 64, 3))


async def test_what_others_have_put_beside_is_no_blob() -> None:
    store = MemoryStore()
    blob = await bucket(store).put(pieces(b"ours"))
    digest = blob.digest.removeprefix("sha256:")
    for key in ("x", f"{digest[:2]}/{digest[2:]}x", f"zz/{digest[2:]}", f"{digest[:2]}/x/{digest[4:]}", "a\\..\\b"):
        await obstore.put_async(store, f"blobs/{key}", b"theirs")
    assert [one.blob for part in [part async for part in bucket(store).stored()] for one in part] == [blob]


async def test_leftovers_are_swept_by_age() -> None:
    store = MemoryStore()
    await obstore.put_async(store, "uploads/left", b"half")
    assert await bucket(store).sweep(3600) == 0
    assert await bucket(store).sweep(0) == 1
    assert await keys(store) == []


async def test_a_store_that_does_not_answer_is_unavailable() -> None:
    store = S3Store(
        "bucket",
        endpoint="http://127.0.0.1:9",
        access_key_id="a",
        secret_access_key="b",
        region="x",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(Unavailable, match="artifact store s3://bucket"):
        await BucketBlobs(store, "s3://bucket").put(pieces(b"x"))


class _Refusing(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


async def test_a_store_of_ones_own_is_reached_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        with pytest.raises(Unavailable, match="403"):
            await open_bucket("s3://bucket").put(pieces(b"x"))
        server.shutdown()
