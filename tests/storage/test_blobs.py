import asyncio
import hashlib
import os
import signal
import stat
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import Corrupt, StartupError, Unavailable
from modelyard.storage.blobs import open_blobs
from tests.support.streams import Cut, cut_off, noise, pieces, repeated, whole

ROOT = Path(__file__).parents[2]


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
async def test_what_is_put_comes_back(tmp_path: Path, size: int) -> None:
    blobs = open_blobs(tmp_path)
    content = noise(size, size)
    blob = await blobs.put(pieces(content))
    assert blob == Blob(f"sha256:{hashlib.sha256(content).hexdigest()}", size)
    assert await whole(await blobs.get(blob)) == content


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (1_500_000, None), (2_999_999, 5_000_000), (7, 7), (9, 3)])
async def test_a_range_is_those_bytes(tmp_path: Path, start: int, stop: int | None) -> None:
    blobs = open_blobs(tmp_path)
    content = noise(1, 3_000_000)
    blob = await blobs.put(pieces(content))
    assert await whole(await blobs.get(blob, start, stop)) == content[start:stop]


async def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    first, *others = await asyncio.gather(*(blobs.put(pieces(b"model" * 99)) for _ in range(8)))
    assert {first} == set(others)
    assert len(files(tmp_path)) == 1


async def test_a_truncated_blob_is_refused_and_the_next_upload_heals_it(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    blob = await blobs.put(pieces(b"model"))
    path = files(tmp_path)[0]
    path.chmod(0o600)
    path.write_bytes(b"mod")
    with pytest.raises(Corrupt, match="missing or not 5 bytes long"):
        await blobs.get(blob)
    await blobs.put(pieces(b"model"))
    assert await whole(await blobs.get(blob)) == b"model"


async def test_a_missing_blob_is_said_before_the_first_byte(tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match="missing"):
        await open_blobs(tmp_path).get(Blob("sha256:" + "0" * 64, 3))


async def test_a_link_in_the_place_of_a_blob_is_not_followed(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "store")
    blob = await blobs.put(pieces(b"model"))
    path = files(tmp_path)[0]
    path.unlink()
    secret = tmp_path / "secret"
    secret.write_bytes(b"token")
    path.symlink_to(secret)
    with pytest.raises(Corrupt):
        await blobs.get(blob)


async def test_an_upload_cut_anywhere_leaves_nothing(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    content = noise(2, 4_000_000)
    offsets = [0, 1, 999_999, 1 << 20, len(content), *struct.unpack("20I", noise(3, 80))]
    for at in (offset % (len(content) + 1) for offset in offsets):
        with pytest.raises(Cut):
            await blobs.put(cut_off(content, at))
    assert files(tmp_path) == []


async def test_a_cancelled_upload_leaves_nothing(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    began = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(500_000)
            await asyncio.sleep(0)
            if files(tmp_path):
                began.set()

    upload = asyncio.create_task(blobs.put(endless()))
    await began.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert files(tmp_path) == []


async def test_only_the_owner_may_look_and_nobody_may_write(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        blobs = open_blobs(tmp_path / "data" / "artifacts")
        blob = await blobs.put(pieces(b"model"))
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data" / "artifacts").rglob("*")}
    assert modes == {0o700, 0o400}
    assert stat.S_IMODE((tmp_path / "data" / "artifacts").stat().st_mode) == 0o700
    path = await blobs.local_path(blob)
    assert path is not None
    assert path.read_bytes() == b"model"


async def test_leftovers_of_killed_servers_are_swept_by_age(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    await blobs.put(pieces(b"kept"))
    for name, age in (("old", 90_000), ("young", 60)):
        left = tmp_path / "uploads" / name
        left.write_bytes(b"half")
        when = left.stat().st_mtime - age
        os.utime(left, (when, when))
    assert await blobs.sweep(86_400) == 1
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["young"]
    assert await blobs.sweep(0) == 1
    assert len(files(tmp_path)) == 1


async def test_files_that_go_while_they_are_looked_at_are_nobodys_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = open_blobs(tmp_path)
    blob = await blobs.put(pieces(b"removed meanwhile"))
    upload = tmp_path / "uploads" / "ends-meanwhile"
    upload.write_bytes(b"half")
    scandir = os.scandir

    def late(place: Path) -> Iterator[os.DirEntry[str]]:
        for entry in scandir(place):
            Path(entry.path).unlink()
            yield entry

    monkeypatch.setattr(os, "scandir", late)
    assert await blobs.sweep(0) == 0
    assert not upload.exists()
    assert [one async for part in blobs.stored() for one in part] == []
    monkeypatch.undo()
    with pytest.raises(Corrupt):
        await blobs.get(blob)


async def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    tracemalloc.start()
    try:
        blob = await blobs.put(repeated(bytes(64 << 10), 3200))
        assert blob.size == 200 << 20
        seen = 0
        async for piece in await blobs.get(blob):
            seen += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == blob.size
    assert peak < 8 << 20


def test_a_full_disk_is_said_and_nothing_half_stays(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.full_disk", str(tmp_path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert f"There is no room left in {tmp_path}" in answer.stdout


def test_a_server_killed_while_it_receives_leaves_no_blob(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from modelyard.storage.blobs import open_blobs\n"
        "async def endless():\n"
        "    for number in range(1 << 40):\n"
        "        yield bytes(1 << 20)\n"
        "        if number == 5: print('receiving', flush=True)\n"
        "        if number > 5: await asyncio.sleep(0.01)\n"
        "asyncio.run(open_blobs(sys.argv[1]).put(endless()))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"receiving\n"
        server.send_signal(signal.SIGKILL)
    assert [path.parent.name for path in files(tmp_path)] == ["uploads"]
    assert asyncio.run(open_blobs(tmp_path).sweep(0)) == 1


@pytest.mark.parametrize("place", ["ftp://host/x", "s3://", "memory:///", "http://host/bucket"])
def test_a_place_that_is_none_is_refused_at_the_start(place: str) -> None:
    with pytest.raises(StartupError, match="cannot be kept at"):
        open_blobs(place)


def test_a_file_in_the_place_of_the_directory_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(StartupError, match="cannot be kept in"):
        open_blobs(tmp_path / "taken")


async def test_a_directory_that_went_away_is_unavailable(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    (tmp_path / "uploads").rmdir()
    with pytest.raises(Unavailable, match="No such file or directory"):
        await blobs.put(pieces(b"x"))


def test_a_file_url_is_a_directory(tmp_path: Path) -> None:
    open_blobs(f"file://{tmp_path}/a%20b")
    assert (tmp_path / "a b" / "uploads").is_dir()
