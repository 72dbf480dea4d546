import asyncio
import contextlib
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelyard.storage import checkpoints, experiments, page_sums, wal
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from modelyard.storage.page_checks import Compared, compare
from tests.support.gathering import together
from tests.support.tracking import settled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "modelyard.db"


@pytest.fixture
def database(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(checkpoints, "EVERY", 20)
    monkeypatch.setattr(checkpoints, "TRY_AGAIN_AFTER", 5)
    monkeypatch.setattr(checkpoints, "LOOK_EVERY", 1)
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


def looked(path: Path) -> Compared:
    return compare(path, lambda _what, _share: None)


def size(path: Path) -> int:
    """In pages."""
    return path.stat().st_size // 4096


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


async def write(database: Database, number: int, size: int = 3000) -> None:
    def work(transaction: Transaction) -> None:
        made = experiments.insert_one(transaction, 1, f"experiment {number}", "", 0)
        experiments.put_tags(transaction, 1, int(made), [("big", str(number % 10) * size)])

    await database.write(work)


async def fail(database: Database) -> None:
    def work(transaction: Transaction) -> None:
        made = experiments.insert_one(transaction, 1, "never", "", 0)
        experiments.put_tags(transaction, 1, int(made), [("big", "x" * 100_000)])
        raise ValueError

    await database.write(work)


def test_a_new_database_is_compared_from_its_first_page_on(path: Path, database: Database) -> None:
    assert looked(path) == Compared(1, [])
    database.close()
    assert looked(path) == Compared(size(path), [])


async def test_checksums_keep_up_with_whatever_is_written(path: Path, database: Database) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    for number in range(60):
        await write(database, number, chance.choice((10, 3000, 30_000)))
        if chance.random() < 0.2:
            await together(database, fail(database), write(database, 1000 + number))
        assert looked(path).problems == []
    assert looked(path).pages > 200, "most of it has been moved already"
    database.close()
    assert looked(path) == Compared(size(path), [])
    assert not log_of(path).exists()


async def test_the_log_stays_short(path: Path, database: Database) -> None:
    await write(database, 0)
    before = log_of(path).stat().st_size
    for number in range(1, 300):
        await write(database, number)
    assert log_of(path).stat().st_size <= before


async def test_a_reader_that_keeps_a_checkpoint_from_moving_everything_only_delays_it(
    path: Path, database: Database
) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM experiments").fetchone()
        await write(database, 0)
        await write(database, 1)  # answered after the checkpoint that the first one made due
        before = size(path)
        for number in range(2, 60):
            await write(database, number)
            assert looked(path).problems == []
        assert size(path) == before
    for number in range(60, 80):
        await write(database, number)
    assert size(path) > before + 60
    assert looked(path).problems == []


async def test_an_unchanged_database_is_not_read_again_at_the_next_start(path: Path, database: Database) -> None:
    await write(database, 1)
    database.close()
    sums = page_sums.beside(path)
    before = sums.stat().st_mtime_ns
    for _ in range(2):
        open_database(f"sqlite:///{path}").close()
    assert sums.stat().st_mtime_ns == before


@pytest.mark.parametrize("leave", ["killed", "closed"])
async def test_what_another_program_writes_is_said_until_the_next_start(
    path: Path, database: Database, tmp_path: Path, leave: str
) -> None:
    await write(database, 1)
    if leave == "killed":
        await settled(database)
        path = copied(path, tmp_path / "killed")
    database.close()
    until_it_is_later(path)
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE experiments SET name = 'other' WHERE name = 'experiment 1'")
    if leave == "closed":
        assert "if another program has changed the file" in looked(path).problems[0]
    else:
        assert looked(path) == Compared(0, []), "the other one has emptied the log, whatever was in it"
    open_database(f"sqlite:///{path}").close()
    assert looked(path) == Compared(size(path), [])


def until_it_is_later(path: Path) -> None:
    """By the clock of the file system, which may stand still for milliseconds: it tells who has changed the file."""
    clock = path.with_name("clock")
    clock.touch()
    while clock.stat().st_mtime_ns <= path.stat().st_mtime_ns:
        clock.touch()


def copied(path: Path, target: Path) -> Path:
    """What a kill leaves behind."""
    target.mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        if not file.name.endswith("-shm"):
            (target / file.name).write_bytes(file.read_bytes())
    return target / path.name


async def test_what_a_killed_server_left_is_compared_before_and_after_the_next_start(
    path: Path, database: Database, tmp_path: Path
) -> None:
    for number in range(45):
        await write(database, number)
        if number % 5 == 0:
            await settled(database)
            left = copied(path, tmp_path / str(number))
            assert looked(left).problems == []
            again = open_database(f"sqlite:///{left}")
            await write(again, 1000)
            assert looked(left).problems == []
            again.close()
            assert looked(left) == Compared(size(left), [])


async def test_two_that_write_to_one_database_do_not_confuse_each_other(path: Path, database: Database) -> None:
    other = open_database(f"sqlite:///{path}")
    for number in range(0, 60, 2):
        await asyncio.gather(write(database, number), write(other, number + 1))
        assert looked(path).problems == []
    other.close()
    await write(database, 1000)
    assert looked(path).problems == []
    database.close()
    assert looked(path) == Compared(size(path), [])


async def test_a_database_does_without_checksums_where_they_cannot_be_kept(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page_sums.beside(path).mkdir()
    database = open_database(f"sqlite:///{path}")
    await write(database, 1)
    database.close()
    assert "No checksums" in caplog.text
    assert not log_of(path).exists()


def set_bit(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place // 8] ^= 1 << place % 8
    path.chmod(0o600)
    path.write_bytes(content)


def in_a_page(path: Path) -> int:
    return random.randrange(path.stat().st_size * 8)  # noqa: S311 - which, is what is tried


def in_a_sum(path: Path) -> int:
    return random.randrange(page_sums.HEADER * 8, page_sums.beside(path).stat().st_size * 8)  # noqa: S311


@pytest.mark.parametrize(
    ("beside", "place", "said"),
    [
        (Path, in_a_page, "are not what was written"),
        (page_sums.beside, lambda _: 3, "start of the server makes it anew"),
        (page_sums.beside, lambda _: 17 * 8, "start of the server makes it anew"),
    ],
)
def test_a_flipped_bit_is_found(
    path: Path, database: Database, beside: Callable[[Path], Path], place: Callable[[Path], int], said: str
) -> None:
    database.close()
    set_bit(beside(path), place(path))
    (problem,) = looked(path).problems
    assert said in problem
    assert str(path) in problem


async def test_a_flipped_bit_of_the_log_is_found_unless_it_is_in_the_last_transactions(
    path: Path, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 10_000)
    for number in range(6):
        await write(database, number)
    await settled(database)
    left = copied(path, tmp_path / "left")
    data = log_of(left).read_bytes()
    head = wal.head(data)
    assert head is not None
    data = data[: head.offset(len(wal.pages(head, data[wal.HEADER :])))]
    commits = [at for at in range(wal.HEADER, len(data), head.stride) if data[at + 4 : at + 8] != bytes(4)]
    for place in (*range(wal.HEADER), *random.sample(range(wal.HEADER, commits[-3]), 20)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << place % 8
        assert wal.damage(bytes(flipped)), place
    set_bit(log_of(left), 5000 * 8)
    assert "-wal: what was written after frame 1 is lost" in looked(left).problems[0]
    for end in range(wal.HEADER, len(data), 9973):
        log_of(left).write_bytes(data[:end])
        assert looked(left).problems == [], "a commit that a power cut interrupted is no damage"


async def test_a_page_that_changes_while_it_is_compared_is_no_damage(path: Path, database: Database) -> None:
    async def go_on() -> None:
        for number in range(150):
            await write(database, number)

    writing = asyncio.create_task(go_on())
    while not writing.done():
        assert (await asyncio.to_thread(looked, path)).problems == []
    await writing


def test_pages_are_read_whole_whatever_the_size_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(3 * page_sums.PIECE + 4096 + 17))
    opened = os.open(file, os.O_RDONLY)
    found = [(number, len(content)) for number, content in page_sums.pages(opened, 4096)]
    os.close(opened)
    assert found == [(number, 4096) for number in range(1, 3 * 256 + 2)]
