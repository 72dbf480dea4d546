from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from modelyard.domain.errors import Corrupt
from modelyard.storage.blob_bucket import BucketBlobs
from modelyard.storage.trees import write_tree
from tests.support.streams import noise, pieces


async def test_a_tree_comes_out_of_a_bucket(tmp_path: Path) -> None:
    blobs = BucketBlobs(MemoryStore(), "memory")
    content = noise(1, 3_000_000)
    blob = await blobs.put(pieces(content))
    await write_tree(blobs, {"a/b": blob, "c": blob}, tmp_path / "tree")
    assert (tmp_path / "tree" / "a" / "b").read_bytes() == content
    assert (tmp_path / "tree" / "c").read_bytes() == content


async def test_content_that_is_not_what_was_stored_is_not_written(tmp_path: Path) -> None:
    store = MemoryStore()
    blobs = BucketBlobs(store, "memory")
    blob = await blobs.put(pieces(b"weights"))
    key = (await obstore.list(store).collect_async())[0]["path"]
    await obstore.put_async(store, key, b"wEIghts")
    with pytest.raises(Corrupt, match="not what its digest says"):
        await write_tree(blobs, {"a": blob}, tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
