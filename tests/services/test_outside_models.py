from pathlib import Path

import pytest

from modelyard.domain.deployments import Deployment
from modelyard.domain.errors import InvalidInput
from modelyard.domain.outside_models import Credentials
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoints import Endpoints
from modelyard.services.model_versions import ModelVersions
from modelyard.services.outside_models import OutsideModels
from modelyard.storage.database import Database
from tests.support.buckets import bucket
from tests.support.tracking import ME


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "allowed" / "taxi"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    return folder


def endpoints(database: Database, outside: OutsideModels) -> Endpoints:
    return Endpoints(database, ModelVersions(database), EndpointChanges(database), lambda *_: "", outside)


async def test_what_a_revision_serves_is_copied_once(database: Database, model: Path, tmp_path: Path) -> None:
    outside = OutsideModels(database, (model.parent,))
    deployed = await endpoints(database, outside).deploy(ME, "taxi", model.as_uri())
    copy = await outside.fetch(deployed.revision, tmp_path / "models")
    assert (copy / "MLmodel").read_text() == "flavors: {}"
    (model / "MLmodel").write_text("something else")
    assert await outside.fetch(deployed.revision, tmp_path / "models") == copy
    assert (copy / "MLmodel").read_text() == "flavors: {}"
    again = await endpoints(database, outside).deploy(ME, "taxi", model.as_uri())
    assert (await outside.fetch(again.revision, tmp_path / "models") / "MLmodel").read_text() == "something else"


async def test_a_path_with_an_at_sign_is_no_alias_to_follow(database: Database) -> None:
    deployed = await endpoints(database, OutsideModels(database)).deploy(ME, "taxi", "s3://bucket/taxi@champion")
    assert deployed.rollouts[""].follows == ""


async def test_credentials_stay_with_their_revision(database: Database, model: Path, tmp_path: Path) -> None:
    outside = OutsideModels(database)
    with bucket(model.parent) as server:
        how = Deployment(credentials=Credentials("me", "hidden", endpoint=server.url))
        deployed = await endpoints(database, outside).deploy(ME, "taxi", "s3://bucket/taxi", how)
        copy = await outside.fetch(deployed.revision, tmp_path / "models")
        assert (copy / "MLmodel").is_file()
        assert set(server.keys) == {"me"}
    assert "hidden" not in repr(await endpoints(database, outside).get(ME, "taxi"))


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("file:///etc", "not below a directory that --model-roots names"),
        ("file://elsewhere/allowed/taxi", "must be file:///PATH"),
        ("file://{allowed}/../private", "not below"),
        ("file://{allowed}/link", "not below"),
        ("file://[x/models", "must be file:///PATH"),
        ("s3://[x/models", "must be s3://BUCKET/PATH"),
        ("s3://bucket", "must be s3://BUCKET/PATH"),
        ("s3:///path", "must be s3://BUCKET/PATH"),
        ("s3://user:password@bucket/path", "must be s3://BUCKET/PATH"),
    ],
)
async def test_what_is_not_allowed_is_refused_when_it_is_deployed(
    database: Database, model: Path, tmp_path: Path, uri: str, message: str
) -> None:
    (tmp_path / "private").mkdir()
    (model.parent / "link").symlink_to(tmp_path / "private")
    allowed = endpoints(database, OutsideModels(database, (model.parent,)))
    with pytest.raises(InvalidInput, match=message):
        await allowed.deploy(ME, "taxi", uri.format(allowed=model.parent))


async def test_without_roots_nothing_of_the_machine_is_served(database: Database, model: Path) -> None:
    with pytest.raises(InvalidInput, match="--model-roots"):
        await endpoints(database, OutsideModels(database)).deploy(ME, "taxi", model.as_uri())
