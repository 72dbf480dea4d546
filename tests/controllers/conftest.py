import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from modelyard.controllers.replicas import Launcher, Places
from modelyard.executors.environments import Environments
from modelyard.executors.processes import LocalProcesses
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from tests.support.light import LightLauncher
from tests.support.yard import SOON, Yard, blobs_in


@pytest.fixture
def sockets() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yard-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def own_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "modelyard.db")
    opened = open_database(f"sqlite:///{tmp_path / 'modelyard.db'}")
    yield opened
    opened.close()


@pytest.fixture
async def yard(own_database: Database, tmp_path: Path, sockets: Path) -> AsyncIterator[Yard]:
    """Everything that serves models, with a real database, real processes and no endpoint yet."""
    artifacts = blobs_in(own_database, tmp_path)
    places = Places(tmp_path / "models", tmp_path / "logs", sockets)
    launcher = Launcher(artifacts, Environments(tmp_path, os.environ), LocalProcesses(os.environ), places)
    made = Yard(own_database, artifacts, launcher, tmp_path)
    made.start()
    yield made
    await made.stop()
    await launcher.stop()


@pytest.fixture
def launcher(sockets: Path) -> LightLauncher:
    return LightLauncher(sockets)


@pytest.fixture
async def light(own_database: Database, tmp_path: Path, launcher: LightLauncher) -> AsyncIterator[Yard]:
    """As `yard`, for models that need no library: see tests/support/light.py."""
    made = Yard(own_database, blobs_in(own_database, tmp_path), launcher, tmp_path, patience=SOON)
    made.start()
    yield made
    await made.stop()
