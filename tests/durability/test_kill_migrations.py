"""Every way to today's schema, broken off at every statement: then all is as it was, and the next start completes it.

`make durability` kills at every statement; the short form at some.
"""

import contextlib
import itertools
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelyard.domain.errors import StartupError
from modelyard.storage import schema
from tests.support import old_databases, postgres
from tests.support.killed_migration import COMMIT, failing_at, killed_at, steps
from tests.support.old_databases import contents, open_kept

LONG = "MODELYARD_KILL_ROUNDS" in os.environ
KILLS = 2
EVERY = {"sqlite": 1, "postgresql": 1 if LONG else 5}
"""Of how many statements one is made to fail."""


@dataclass(frozen=True, slots=True)
class Old:
    """A database of an older schema, of which `copy` makes another; what it holds, before and afterwards.

    Of the statements that it takes to open it, one commits; a few come after it.
    """

    kind: str
    copy: Callable[[], str]
    before: Sequence[object]
    afterwards: Sequence[object]
    committed: int
    steps: int

    def check_kept(self, url: str) -> None:
        """A file is copied before anything in it is changed."""
        if self.kind == "sqlite" and self.before:
            assert old_databases.of_file(kept(url)) == self.before


def kept(url: str) -> Path:
    return Path(f"{url.removeprefix('sqlite:///')}.before-{schema.REVISION}")


def changes(statement: str) -> bool:
    return statement.strip().partition(" ")[0] in ("ALTER", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql" and postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
    return str(request.param)


@pytest.fixture(params=["", *sorted(schema._OLDER)], ids=lambda since: since or "nothing")
def old(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Old]:
    with files(tmp_path, request.param) if kind == "sqlite" else databases(request.param) as copy:
        url = copy()
        before, taken = contents(url), steps(url, tmp_path)
        until = taken.index(COMMIT) + 1
        yield Old(kind, copy, before if request.param else (), contents(url), until, len(taken))


@contextlib.contextmanager
def files(folder: Path, since: str) -> Iterator[Callable[[], str]]:
    numbers = itertools.count()
    first = folder / "first.db"
    first.touch()
    old_databases.fill(f"sqlite:///{first}", since)

    def copy() -> str:
        place = folder / str(next(numbers))
        place.mkdir()
        return f"sqlite:///{shutil.copy(first, place / 'modelyard.db')}"

    yield copy


@contextlib.contextmanager
def databases(since: str) -> Iterator[Callable[[], str]]:
    server = postgres.server()
    first = server.fresh()
    old_databases.fill(server.url(first), since)
    copies: list[str] = []

    def copy() -> str:
        copies.append(server.fresh(first))
        return server.url(copies[-1])

    yield copy
    for name in (*copies, first):
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_statement_that_fails_leaves_everything_as_it_was(old: Old, tmp_path: Path) -> None:
    url = old.copy()
    before = contents(url)
    for nth in range(1, old.committed + 1, EVERY[old.kind]):
        with failing_at(nth) as done, pytest.raises(StartupError):
            open_kept(url, tmp_path)
        assert contents(url) == before, done[-1:]
        if any(map(changes, done)):
            old.check_kept(url)
            kept(url).unlink(missing_ok=True)
    open_kept(url, tmp_path)
    assert contents(url) == old.afterwards


def test_what_a_kill_broke_off_is_completed_by_the_next_start(old: Old, tmp_path: Path) -> None:
    for nth in range(1, old.steps + 1) if LONG else random.sample(range(1, old.steps + 1), KILLS):
        url = old.copy()
        log = tmp_path / "log"
        assert killed_at(nth, url, tmp_path, log) == -signal.SIGKILL, log.read_text()
        open_kept(url, tmp_path)
        assert contents(url) == old.afterwards, nth
        old.check_kept(url)
