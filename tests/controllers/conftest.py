import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.controllers.replicas import Launcher, Places
from modelyard.executors.environments import Environments
from modelyard.executors.processes import LocalProcesses
from modelyard.services.artifacts import Artifacts
from modelyard.services.endpoints import Endpoints
from modelyard.services.model_versions import ModelVersions
from modelyard.storage.blobs import open_blobs
from modelyard.storage.opening import open_database
from tests.support.yard import Yard


@pytest.fixture
async def yard(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Yard]:
    """Everything that serves models, with a real database, real processes and no endpoint yet."""
    sockets = Path(tempfile.mkdtemp(prefix="yard-"))
    shutil.copy(sqlite_template, tmp_path / "modelyard.db")
    database = open_database(f"sqlite:///{tmp_path / 'modelyard.db'}")
    artifacts = Artifacts(database, open_blobs(tmp_path / "blobs"))
    places = Places(tmp_path / "models", tmp_path / "logs", sockets)
    launcher = Launcher(artifacts, Environments(tmp_path, os.environ), LocalProcesses(os.environ), places)
    endpoints = Endpoints(database, ModelVersions(database), lambda name, lines: f"{name} {lines}")
    made = Yard(database, artifacts, endpoints, launcher, places)
    made.start()
    try:
        yield made
    finally:
        await made.stop()
        database.close()
        shutil.rmtree(sockets)
