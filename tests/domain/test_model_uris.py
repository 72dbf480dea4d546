import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.model_uris import ModelUri, OfAlias, OfArtifacts, OfLoggedModel, OfRun, OfStage, OfVersion, parse


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("models:/taxi/3", OfVersion("taxi", 3)),
        ("models:/taxi rides/03", OfVersion("taxi rides", 3)),
        ("models:/taxi/LATEST", OfAlias("taxi", "latest")),
        ("models:/taxi/Production", OfStage("taxi", "Production")),
        ("models:/taxi@champion", OfAlias("taxi", "champion")),
        ("models:/a@b@c", OfAlias("a@b", "c")),
        ("models:/m-0123", OfLoggedModel("m-0123")),
        ("runs:/abc/model", OfRun("abc", "model")),
        ("runs:/abc/a/b/", OfRun("abc", "a/b")),
        ("runs:/abc", OfRun("abc", "")),
        ("mlflow-artifacts:/0/x", OfArtifacts("mlflow-artifacts:/0/x")),
    ],
)
def test_addresses_are_read(uri: str, address: ModelUri) -> None:
    assert parse(uri) == address


@pytest.mark.parametrize(
    "uri",
    [
        *("", "taxi", "models:", "models:/", "models:/ /1", "models:/a/", "models:/a/b/c", "models:/@x", "models:/a@"),
        *("models://host/a/1", "runs:/", "runs://host/a", "s3://b/m", "/etc", "mlflow-artifacts://host/x"),
    ],
)
def test_what_is_no_address_is_refused_with_what_to_write(uri: str) -> None:
    with pytest.raises(InvalidInput, match="Write models:/NAME/VERSION"):
        parse(uri)


def test_a_number_no_version_can_have_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'version' must be an integer"):
        parse("models:/taxi/99999999999")
