"""What holds for the whole suite."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG

from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from tests.support import postgres
from tests.support.s3 import Store, running_store
from tests.support.server import running_server
from tests.support.stocked import Stocked, stock

EXPLORING = not {"MODELYARD_FUZZ", "MODELYARD_KILL_ROUNDS"}.isdisjoint(os.environ)
"""Whether to try what has not been tried before; else every run of the tests does the same."""

# A loaded machine is not a bug in the code under test.
hypothesis.settings.register_profile(
    "modelyard",
    deadline=None,
    derandomize=not EXPLORING,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("modelyard")
DEFAULT_TIMEOUT_CONFIG.connect = DEFAULT_TIMEOUT_CONFIG.read = DEFAULT_TIMEOUT_CONFIG.write = 120.0
os.environ.setdefault("UV_HTTP_TIMEOUT", "300")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is left to chance is decided alike each time."""
    if not EXPLORING:
        random.seed(item.nodeid)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with our schema and nothing in it, to copy."""
    path = tmp_path_factory.mktemp("template") / "modelyard.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, with our schema and nothing in it; the test is run for both kinds."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "modelyard.db")
        yield f"sqlite:///{tmp_path / 'modelyard.db'}"
        return
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stocked]:
    """A real server that tests may ask and deploy to, each under names of its own."""
    with running_server(tmp_path_factory.mktemp("stocked")) as server:
        yield stock(server)


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for buckets."""
    with running_store(tmp_path_factory.mktemp("s3")) as store:
        yield store


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI everything a test may need is there, so a skipped test is a hole in the net."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    skipped = len(reporter.stats.get("skipped", []))
    if skipped and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        reporter.write_line("")
        reporter.write_line(f"{skipped} skipped: with CI=true every test must run (reasons below)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
