"""A server for each kind of database to throw everything at; `MODELYARD_FUZZ` is how often the short form is done."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.fuzz.world import World
from tests.support import postgres
from tests.support.server import RunningServer, running_server

EFFORT: Final = int(os.environ.get("MODELYARD_FUZZ", "1"))
DATABASES: Final = ("sqlite", "postgresql")
SOME_DATABASES: Final = DATABASES if EFFORT > 1 else ("sqlite",)
"""For what the database has little to do with."""

MOST_GROWTH: Final = 100 << 20
"""Bytes of memory that a server may take on while it is fuzzed by one test."""


@contextmanager
def server_on(database: str, folder: Path) -> Iterator[RunningServer]:
    flags: tuple[str, ...] = ()
    with ExitStack() as stack:
        if database == "postgresql":
            if postgres.binaries() is None:
                pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
            flags = ("--database", stack.enter_context(postgres.fresh_database()))
        yield stack.enter_context(running_server(folder, *flags))


@pytest.fixture(scope="package", params=DATABASES)
def fuzzed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with server_on(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture(scope="package")
def http(fuzzed: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fuzzed.url, timeout=120) as opened:
        yield opened


@pytest.fixture(scope="package")
def world(http: httpx.Client) -> World:
    made = World(http)
    made.fill()
    return made


@contextmanager
def stays_alive(server: RunningServer, http: httpx.Client) -> Iterator[None]:
    """The server answers afterwards, and logged no failure of its own meanwhile."""
    logged = len(server.logs())
    yield
    assert http.get("/health").text == "OK"
    new = server.logs()[logged:]
    assert [line for line in new.splitlines() if "raceback" in line] == []


@contextmanager
def stays_unharmed(server: RunningServer, http: httpx.Client) -> Iterator[None]:
    """Nor has it grown much."""
    before = _peak_memory(server)
    with stays_alive(server, http):
        yield
    assert _peak_memory(server) - before < MOST_GROWTH


@pytest.fixture
def alive(fuzzed: RunningServer, http: httpx.Client) -> Iterator[None]:
    with stays_alive(fuzzed, http):
        yield


@pytest.fixture
def unharmed(fuzzed: RunningServer, http: httpx.Client) -> Iterator[None]:
    with stays_unharmed(fuzzed, http):
        yield


def _peak_memory(server: RunningServer) -> int:
    """Bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) << 10
