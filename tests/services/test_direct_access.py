import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import count
from pathlib import Path

import obstore
import pytest

from modelyard.domain.errors import Conflict, InvalidInput, NotFound, NotSupported, PermissionDenied, TooLarge
from modelyard.domain.multipart import MultipartUpload, Part
from modelyard.domain.principals import LOCAL_OWNER, Principal
from modelyard.services.artifacts import Artifacts
from modelyard.services.direct_access import DirectAccess
from modelyard.storage import events
from modelyard.storage.blob_bucket import BucketBlobs
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from modelyard.storage.presigned import Presigned
from tests.support.s3 import Bucket, Store
from tests.support.statements import counted
from tests.support.streams import noise, whole

PATH = "1/run/artifacts/model.bin"
PART = 1 << 18
CONTENT = noise(1, 5 * PART + 7)
_numbers = count()


class Held(Presigned):
    """A bucket that can be stopped in the middle of being read."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(bucket.store(), bucket.url)
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self, upload: MultipartUpload, parts: Sequence[Part]) -> AsyncIterator[bytes]:
        async for piece in super().read(upload, parts):
            yield piece
            self.reading.set()
            await self.go_on.wait()


class World:
    """Two servers on one database and one bucket; the first can be stopped."""

    def __init__(self, database: Database, bucket: Bucket, largest: int = 1 << 30) -> None:
        blobs = BucketBlobs(bucket.store(), bucket.url)
        self.bucket = bucket
        self.database = database
        self.artifacts = Artifacts(database, blobs, largest)
        self.held = Held(bucket)
        self.direct = DirectAccess(self.artifacts, self.held)
        self.other = DirectAccess(self.artifacts, Presigned(bucket.store(), bucket.url))

    async def begin(self, content: bytes = CONTENT) -> tuple[str, list[tuple[int, str]]]:
        """An upload of which all parts have been put, as a client would: its id, and what to complete it with."""
        cut = [content[start : start + PART] for start in range(0, len(content) or 1, PART)]
        upload, urls = await self.direct.create_upload(LOCAL_OWNER, PATH, len(cut))
        put = self.bucket.http.put
        etags = [put(url, content=part).headers["etag"] for url, part in zip(urls, cut, strict=True)]
        return upload, list(enumerate(etags, start=1))

    async def content(self) -> bytes:
        return await whole((await self.artifacts.open(LOCAL_OWNER, PATH))[1])

    async def written(self) -> int:
        """How often the file has been."""
        found = await self.database.read(lambda transaction: events.newest(transaction, 1, "artifact", None, None, 100))
        return sum(one.action == "artifact.written" for one in found)

    def parts_left(self) -> list[str]:
        return [key for key in self.bucket.keys("uploads") if not key.endswith("upload.json")]


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path, s3: Store) -> Iterator[World]:
    shutil.copy(sqlite_template, tmp_path / "modelyard.db")
    database = open_database(f"sqlite:///{tmp_path / 'modelyard.db'}")
    yield World(database, a_bucket(s3))
    database.close()


def a_bucket(s3: Store) -> Bucket:
    return s3.bucket(f"direct-{next(_numbers)}")


@pytest.mark.parametrize("content", [b"", b"1", CONTENT, noise(2, 20_000_000)], ids=len)
async def test_parts_become_one_file_and_are_removed(world: World, content: bytes) -> None:
    upload, parts = await world.begin(content)
    with pytest.raises(NotFound):
        await world.content()
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == content
    assert world.parts_left() == []
    assert [key.split("/")[0] for key in world.bucket.keys("blobs")] == ["blobs"]


async def test_whoever_asks_again_meanwhile_waits_for_the_same_and_afterwards_hears_the_same(world: World) -> None:
    upload, parts = await world.begin()
    world.held.go_on.clear()
    asked = [asyncio.create_task(world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)) for _ in range(4)]
    await world.held.reading.wait()
    asked[0].cancel()  # who leaves does not take the file along
    world.held.go_on.set()
    await asyncio.gather(*asked[1:])
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == CONTENT
    assert await world.written() == 1


async def test_another_server_that_is_asked_again_hears_the_same(world: World) -> None:
    upload, parts = await world.begin()
    world.held.go_on.clear()
    slow = asyncio.create_task(world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts))
    await world.held.reading.wait()
    await world.other.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    world.held.go_on.set()
    await slow
    assert await world.content() == CONTENT
    assert world.parts_left() == []


async def test_completing_again_does_not_bring_back_what_has_been_replaced(world: World) -> None:
    upload, parts = await world.begin()
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    newer, its_parts = await world.begin(b"newer")
    await world.direct.complete_upload(LOCAL_OWNER, PATH, newer, its_parts)
    await world.other.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == b"newer"


async def test_an_abort_stops_what_is_being_put_together(world: World) -> None:
    upload, parts = await world.begin()
    world.held.go_on.clear()
    asked = asyncio.create_task(world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts))
    await world.held.reading.wait()
    await world.direct.abort_upload(LOCAL_OWNER, PATH, upload)
    with pytest.raises(Conflict, match="aborted"):
        await asked
    await world.direct.abort_upload(LOCAL_OWNER, PATH, upload)
    with pytest.raises(NotFound):
        await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert (await world.written(), world.parts_left(), world.bucket.keys("blobs")) == (0, [], [])


async def test_an_abort_that_comes_too_late_leaves_the_file(world: World) -> None:
    upload, parts = await world.begin()
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    await world.direct.abort_upload(LOCAL_OWNER, PATH, upload)
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == CONTENT


async def test_what_a_server_gives_up_at_its_end_can_be_completed_by_the_next(world: World) -> None:
    upload, parts = await world.begin()
    world.held.go_on.clear()
    asked = asyncio.create_task(world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts))
    await world.held.reading.wait()
    await world.direct.close()
    with pytest.raises(Conflict):
        await asked
    assert world.bucket.keys("blobs") == []
    await world.other.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == CONTENT


async def test_a_part_that_is_replaced_meanwhile_is_noticed(world: World) -> None:
    upload, parts = await world.begin()
    world.held.go_on.clear()
    asked = asyncio.create_task(world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts))
    await world.held.reading.wait()
    await obstore.put_async(world.bucket.store(), f"uploads/{upload}/00005", noise(9, PART))
    world.held.go_on.set()
    with pytest.raises(Conflict, match="Part 5 was replaced"):
        await asked
    assert (await world.written(), world.bucket.keys("blobs"), len(world.parts_left())) == (0, [], 6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda parts: parts[:-1], "1 to 6, once and in order"),
        (lambda _: [], "once and in order"),
        (lambda parts: parts[::-1], "once and in order"),
        (lambda parts: [*parts, parts[-1]], "once and in order"),
        (lambda parts: [(number - 1, etag) for number, etag in parts], "once and in order"),
        (lambda parts: [*parts[:2], (3, parts[0][1]), *parts[3:]], "Part 3 is not what was put"),
        (lambda parts: [(number, "") for number, _ in parts], "Part 1 is not what was put"),
        (lambda _: [(number, "x") for number in range(1, 10_002)], "once and in order"),
    ],
)
async def test_parts_that_are_not_those_that_were_put_are_refused_and_nothing_is_lost(
    world: World, change: object, words: str
) -> None:
    assert callable(change)
    upload, parts = await world.begin()
    with pytest.raises(InvalidInput, match=words):
        await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, change(parts))
    assert await world.written() == 0
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == CONTENT


async def test_a_part_that_was_never_put_is_named(world: World) -> None:
    upload, parts = await world.begin()
    await obstore.delete_async(world.bucket.store(), f"uploads/{upload}/00002")
    with pytest.raises(InvalidInput, match="Part 2 of 6 has not been put"):
        await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)


async def test_an_upload_belongs_to_its_path_and_workspace(world: World) -> None:
    upload, parts = await world.begin()
    stranger = Principal("local", 2)
    for who, path in ((LOCAL_OWNER, "1/other/artifacts/model.bin"), (LOCAL_OWNER, f"{PATH}x"), (stranger, PATH)):
        with pytest.raises(NotFound):
            await world.direct.complete_upload(who, path, upload, parts)
        with pytest.raises(NotFound):
            await world.direct.abort_upload(who, path, upload)
    for unknown in ("0" * 32, "", "../blobs", f"{upload}/", f"{upload}\n", upload.upper() + "x", "x" * 100_000):
        with pytest.raises(NotFound):
            await world.direct.complete_upload(LOCAL_OWNER, PATH, unknown, parts)
    with pytest.raises(PermissionDenied):
        await world.direct.complete_upload(Principal("mallory"), PATH, upload, parts)
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert await world.content() == CONTENT


@pytest.mark.parametrize("parts", [-1, 0, 10_001, 1 << 62])
async def test_nobody_gets_more_urls_than_s3_takes_parts(world: World, parts: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 10000 parts"):
        await world.direct.create_upload(LOCAL_OWNER, PATH, parts)
    assert world.bucket.keys() == []


async def test_what_put_would_refuse_is_refused_before_anything_is_sent(world: World) -> None:
    upload, parts = await world.begin()
    await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    for path in (f"{PATH}/below", "1/run", "../x", ""):
        with pytest.raises(InvalidInput):
            await world.direct.create_upload(LOCAL_OWNER, path, 1)


async def test_a_file_over_the_limit_is_refused_before_it_is_read(world: World, s3: Store) -> None:
    world = World(world.database, a_bucket(s3), largest=len(CONTENT) - 1)
    upload, parts = await world.begin()
    with pytest.raises(TooLarge):
        await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
    assert not world.held.reading.is_set()
    assert await world.written() == 0


async def test_an_abandoned_upload_is_swept_with_all_its_parts(world: World) -> None:
    await world.begin()
    blobs = BucketBlobs(world.bucket.store(), world.bucket.url)
    assert await blobs.sweep(3600) == 0
    assert await blobs.sweep(0) == 7
    assert world.bucket.keys() == []


async def test_statements_do_not_grow_with_the_parts(database: Database, s3: Store) -> None:
    world = World(database, a_bucket(s3))
    seen = []
    for content in (CONTENT[:1], CONTENT):
        with counted(world.database) as statements:
            upload, parts = await world.begin(content)
            await world.direct.complete_upload(LOCAL_OWNER, PATH, upload, parts)
        seen.append(len(statements))
    assert seen[0] == seen[1] <= 6


async def test_without_urls_everything_is_refused_in_the_words_that_clients_look_for(world: World) -> None:
    direct = DirectAccess(world.artifacts, None)
    assert not direct.supported
    with pytest.raises(NotSupported, match=r"^Multipart upload is not supported for the current artifact repository"):
        await direct.create_upload(LOCAL_OWNER, PATH, 1)
    with pytest.raises(NotSupported, match=r"^Presigned download is not supported"):
        await direct.download_url(LOCAL_OWNER, PATH, 60)
