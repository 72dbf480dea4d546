from itertools import count
from pathlib import Path

import pytest

from modelyard.services import logged_models as services_logged_models
from modelyard.services import model_versions
from modelyard.services import models as services_models
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.experiments import Experiments
from modelyard.services.logged_models import LoggedModels
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.rollouts import Rollouts
from modelyard.services.runs import Runs
from modelyard.storage.database import Database


@pytest.fixture
def experiments(database: Database) -> Experiments:
    return Experiments(database)


@pytest.fixture
def runs(database: Database) -> Runs:
    return Runs(database)


@pytest.fixture
def models(database: Database) -> Models:
    return Models(database)


@pytest.fixture
def versions(database: Database) -> ModelVersions:
    return ModelVersions(database)


@pytest.fixture
def logged_models(database: Database) -> LoggedModels:
    return LoggedModels(database)


@pytest.fixture
def changes(database: Database) -> EndpointChanges:
    return EndpointChanges(database)


@pytest.fixture
def endpoints(database: Database, versions: ModelVersions, changes: EndpointChanges, tmp_path: Path) -> Endpoints:
    def read_log(name: str, revision: int | None, lines: int) -> str:
        return "\n".join((tmp_path / f"{name}.{revision or 1}.log").read_text().splitlines()[-lines:])

    return Endpoints(database, versions, changes, read_log)


@pytest.fixture
def rollouts(changes: EndpointChanges) -> Rollouts:
    return Rollouts(changes)


@pytest.fixture
def reports(database: Database, changes: EndpointChanges) -> EndpointReports:
    return EndpointReports(database, changes)


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by one every time it is looked at, so that later is never the same millisecond."""
    ticks = count(1_700_000_000_000)
    for module in (model_versions, services_models, services_logged_models):
        monkeypatch.setattr(module, "now_ms", lambda: next(ticks))
