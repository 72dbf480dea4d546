import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from modelyard.protocols.http.archives import Member, send

WHEN = 1_700_000_000_000
Read = Callable[[], Awaitable[AsyncIterator[bytes]]]


def content(*parts: bytes) -> Read:
    async def pieces() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    async def read() -> AsyncIterator[bytes]:
        return pieces()

    return read


def member(path: str, *parts: bytes, at: int = WHEN, size: int | None = None) -> Member:
    return Member(path, at, len(b"".join(parts)) if size is None else size, content(*parts))


async def sent(members: Sequence[Member]) -> zipfile.ZipFile:
    body = send("model", members).body
    assert not isinstance(body, bytes)
    archive = zipfile.ZipFile(io.BytesIO(b"".join([part async for part in body])))
    assert archive.testzip() is None
    return archive


async def test_files_come_back_as_they_were_below_one_folder() -> None:
    archive = await sent([member("MLmodel", b"flavor"), member("data/ü.bin", b"\x00" * 70_000, b"end"), member("none")])
    assert archive.namelist() == ["model/MLmodel", "model/data/ü.bin", "model/none"]
    assert archive.read("model/data/ü.bin") == b"\x00" * 70_000 + b"end"
    assert archive.getinfo("model/MLmodel").date_time == (2023, 11, 14, 22, 13, 20)


async def test_no_name_leads_elsewhere_on_any_machine() -> None:
    archive = await sent([member(path, b"x") for path in ("a\\..\\b", "C:evil", "C_evil", "no:drive")])
    assert archive.namelist() == ["model/a_.._b", "model/C_evil", "model/C_evil_", "model/no:drive"]


@pytest.mark.parametrize("at", [0, 5_000_000_000_000])
async def test_a_time_that_a_zip_cannot_tell_is_the_nearest_that_it_can(at: int) -> None:
    archive = await sent([member("old", b"x", at=at)])
    assert archive.infolist()[0].date_time[0] in (1980, 2107)


async def test_what_may_be_huge_has_room_for_its_size() -> None:
    [entry] = (await sent([member("huge", b"x", size=5 << 30)])).infolist()
    assert entry.extract_version == zipfile.ZIP64_VERSION


async def test_no_more_is_read_than_has_been_sent() -> None:
    asked = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal asked
        for _ in range(100):
            asked += 1
            yield bytes(1 << 20)

    async def read() -> AsyncIterator[bytes]:
        return pieces()

    body = send("model", [Member("big", WHEN, 100 << 20, read)]).body
    assert not isinstance(body, bytes)
    taken = 0
    async for part in body:
        taken += len(part)
        assert asked * (1 << 20) - taken < 2 << 20
    assert taken > 100 << 20
