"""Whatever byte of a store changes, `verify` says so: of the database, its checksums, and the contents of files.

No byte is exempt: a page that was never used has a checksum as well. MODELYARD_PROPERTIES=1 tries all of them.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.apps import backups
from modelyard.apps.settings import load
from modelyard.domain.runs import Logged, Metric
from modelyard.storage import page_checks, page_sums
from modelyard.storage.opening import open_database
from tests.support.tracking import ME
from tests.support.trash import bench

THOROUGH = os.environ.get("MODELYARD_PROPERTIES") == "1"


def quiet(_what: str, _share: float) -> None:
    pass


async def fill(data: Path) -> None:
    database = open_database(f"sqlite:///{data / 'modelyard.db'}")
    store = bench(database, data / "artifacts")
    experiment = await store.experiment("kept")
    run = await store.run(experiment, [b"first" * 100, b"second" * 100], points=20)
    await store.log.log(ME, run, Logged([Metric("m", 1.5, 1000, 1)], [("depth", "3")], [("note", "fine")]))
    await store.model(experiment, b"flavors: {}")
    database.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("store")
    asyncio.run(fill(data))
    assert problems(data) == []
    return data


def problems(data: Path) -> list[str]:
    found = backups.verify(load({"data_dir": str(data)}, {}), quiet)
    return list(found.problems)


def kept(data: Path) -> list[Path]:
    """Every file that holds data."""
    contents = sorted(path for path in (data / "artifacts" / "blobs").rglob("*") if path.is_file())
    assert len(contents) == 3
    return [data / "modelyard.db", page_sums.beside(data / "modelyard.db"), *contents]


@contextmanager
def changed(path: Path, place: int, by: int) -> Iterator[None]:
    """A byte is another one meanwhile, and nothing else tells of it: the times of the file stay as they are."""
    flip(path, place, by)
    yield
    flip(path, place, by)


def flip(path: Path, place: int, by: int) -> None:
    before = path.stat()
    path.chmod(0o600)
    file = os.open(path, os.O_RDWR)
    os.pwrite(file, bytes([os.pread(file, 1, place)[0] ^ by]), place)
    os.close(file)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@settings(max_examples=60)
@given(file=st.integers(0, 4), share=st.floats(0, 1, exclude_max=True), by=st.integers(1, 255))
def test_verify_finds_whatever_byte_has_changed(store: Path, file: int, share: float, by: int) -> None:
    path = kept(store)[file]
    with changed(path, int(share * path.stat().st_size), by):
        assert problems(store) != []


def test_every_byte_of_every_page_is_compared(store: Path) -> None:
    """Each byte in the long form; in the short one, some of every page, the first and the last among them."""
    database = store / "modelyard.db"
    size = database.stat().st_size
    places = range(size) if THOROUGH else [*range(0, size, 509), *range(0, size, 4096), *range(4095, size, 4096)]
    for place in places:
        with changed(database, place, 1 << place % 8):
            (problem,) = page_checks.compare(database, quiet).problems
            assert f"pages {place // 4096 + 1} are not" in problem
