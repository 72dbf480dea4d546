import pytest

from modelyard.apps.repository import EndpointRepository
from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoint_status import Failure, RevisionState, RevisionStatus
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.model_versions import ModelVersions
from modelyard.serving.repository import ModelState
from modelyard.storage.database import Database
from tests.support.tracking import ME

MODEL = "mlflow-artifacts:/1/models/one"


@pytest.fixture
def changes(database: Database) -> EndpointChanges:
    return EndpointChanges(database)


@pytest.fixture
def endpoints(database: Database, changes: EndpointChanges) -> Endpoints:
    return Endpoints(database, ModelVersions(database), changes, lambda *_: "")


async def test_each_of_several_models_is_listed_and_loaded_by_itself(
    database: Database, changes: EndpointChanges, endpoints: Endpoints
) -> None:
    repository, reports = EndpointRepository(endpoints), EndpointReports(database, changes)
    await endpoints.deploy(ME, "alone", MODEL)
    for model in ("a", "b", "c"):
        await endpoints.deploy(ME, "many", MODEL, Deployment(model=model))
    failure = Failure("LoadFailed", "it is broken")
    seen = (RevisionStatus(1, RevisionState.LOADED), RevisionStatus(2, RevisionState.FAILED, failure=failure))
    await reports.report("many", None, seen)

    async def states() -> dict[str, tuple[ModelState, str]]:
        return {one.name: (one.state, one.reason) for one in await repository.index(ME)}

    assert await states() == {
        "alone": (ModelState.LOADING, "pending"),
        "many/a": (ModelState.READY, ""),
        "many/b": (ModelState.UNAVAILABLE, "it is broken"),
        "many/c": (ModelState.LOADING, "Pending"),
    }
    await repository.unload(ME, "many/a")
    assert (await states())["many/a"] == (ModelState.UNAVAILABLE, "stopped")
    await repository.load(ME, "many/a")
    assert (await states())["many/a"] == (ModelState.READY, "")
    await repository.unload(ME, "many")
    assert {state for name, (state, _) in (await states()).items() if name.startswith("many/")} == {
        ModelState.UNAVAILABLE
    }
