from pathlib import Path

import pytest

from modelyard.domain.endpoints import Phase, Status
from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound, PermissionDenied
from modelyard.domain.models import NewVersion
from modelyard.services.endpoints import Endpoints
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.storage.database import Database
from tests.support.tracking import ME, STRANGER, journal

URI = "mlflow-artifacts:/1/models/taxi"


@pytest.fixture
def endpoints(database: Database, versions: ModelVersions, tmp_path: Path) -> Endpoints:
    def read_log(name: str, lines: int) -> str:
        return "\n".join((tmp_path / f"{name}.log").read_text().splitlines()[-lines:])

    return Endpoints(database, versions, read_log)


async def test_what_is_deployed_is_wanted_and_the_controller_is_woken(endpoints: Endpoints) -> None:
    made = await endpoints.deploy(ME, "taxi", URI)
    assert (made.name, made.revision.number, made.revision.location) == ("taxi", 1, URI)
    assert endpoints.changed.is_set()
    assert (await endpoints.deploy(ME, "taxi", URI, "uv")).revision.environment == "uv"
    detail = await endpoints.get(ME, "taxi")
    assert (detail.endpoint.revision.number, detail.status.phase) == (2, Phase.PENDING)
    assert [each.endpoint.name for each in await endpoints.list(ME)] == ["taxi"]


async def test_an_alias_that_moves_later_does_not_change_what_is_served(
    endpoints: Endpoints, models: Models, versions: ModelVersions
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))
    await versions.set_alias(ME, "taxi", "champion", 1)
    deployed = await endpoints.deploy(ME, "taxi", "models:/taxi@champion")
    await versions.set_alias(ME, "taxi", "champion", 2)
    assert (await endpoints.get(ME, "taxi")).endpoint == deployed
    assert (deployed.revision.location, deployed.revision.model_version) == ("s3://bucket/1", "1")


@pytest.mark.parametrize(
    ("name", "uri", "environment", "error"),
    [
        ("Taxi", URI, "local", InvalidInput),
        ("-taxi", URI, "local", InvalidInput),
        ("t" * 64, URI, "local", InvalidInput),
        ("taxi", "file:///etc", "local", InvalidInput),
        ("taxi", "models:/none/1", "local", NotFound),
        ("taxi", URI, "conda", InvalidInput),
    ],
)
async def test_what_cannot_be_served_is_refused_and_not_noted(
    endpoints: Endpoints, database: Database, name: str, uri: str, environment: str, error: type[ModelyardError]
) -> None:
    with pytest.raises(error):
        await endpoints.deploy(ME, name, uri, environment)
    assert await endpoints.list(ME) == []
    assert not endpoints.changed.is_set()
    assert await journal(database) == []


async def test_an_endpoint_that_was_removed_is_there_until_nothing_of_it_runs(endpoints: Endpoints) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    endpoints.changed.clear()
    await endpoints.remove(ME, "taxi")
    assert endpoints.changed.is_set()
    assert (await endpoints.get(ME, "taxi")).endpoint.removed
    await endpoints.forget("taxi")
    with pytest.raises(NotFound, match="no endpoint 'taxi'"):
        await endpoints.get(ME, "taxi")
    with pytest.raises(NotFound):
        await endpoints.remove(ME, "taxi")


async def test_changes_and_new_phases_are_events_and_repeated_reports_are_not(
    endpoints: Endpoints, database: Database
) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    for status in (Status(Phase.LOADING), Status(Phase.LOADING, message="still"), Status(Phase.READY, 1)):
        await endpoints.report("taxi", status)
    await endpoints.report("unknown", Status(Phase.READY, 1))
    await endpoints.remove(ME, "taxi")
    assert await journal(database) == [
        ("endpoint.deployed", "taxi", "local"),
        ("endpoint.moved", "taxi", "system"),
        ("endpoint.moved", "taxi", "system"),
        ("endpoint.removed", "taxi", "local"),
    ]
    assert (await endpoints.get(ME, "taxi")).status.updated_at > 0


async def test_logs_are_the_last_lines_of_an_endpoint_that_exists(endpoints: Endpoints, tmp_path: Path) -> None:
    (tmp_path / "taxi.log").write_text("one\ntwo\nthree\n")
    with pytest.raises(NotFound):
        await endpoints.logs(ME, "taxi", 2)
    await endpoints.deploy(ME, "taxi", URI)
    assert await endpoints.logs(ME, "taxi", 2) == "two\nthree"
    for lines in (0, 10_001):
        with pytest.raises(InvalidInput):
            await endpoints.logs(ME, "taxi", lines)


async def test_a_stranger_may_do_nothing(endpoints: Endpoints) -> None:
    await endpoints.deploy(ME, "taxi", URI)
    attempts = [
        endpoints.deploy(STRANGER, "taxi", URI),
        endpoints.get(STRANGER, "taxi"),
        endpoints.list(STRANGER),
        endpoints.remove(STRANGER, "taxi"),
        endpoints.logs(STRANGER, "taxi", 1),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            await attempt
