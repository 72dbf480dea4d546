import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.models import NewVersion, Stage
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models

S3 = NewVersion("s3://bucket/model")
Told = tuple[str | None, int | None, str | None, str | None]


async def told(models: Models, name: str, limit: int = 100) -> list[Told]:
    return [(move.alias, move.version, move.before, move.after) for move in await models.history(OWNER, name, limit)]


async def with_two_versions(models: Models, versions: ModelVersions, name: str = "taxi") -> None:
    await models.create(OWNER, name)
    await versions.create(OWNER, name, S3)
    await versions.create(OWNER, name, S3)


async def test_every_move_is_kept_newest_first_with_who_and_when(models: Models, versions: ModelVersions) -> None:
    await with_two_versions(models, versions)
    await versions.set_alias(OWNER, "taxi", "champion", 1)
    await versions.set_alias(OWNER, "taxi", "champion", 2)
    await versions.set_alias(OWNER, "taxi", "champion", 2)
    await versions.delete_alias(OWNER, "taxi", "champion")
    await versions.move(OWNER, "taxi", 1, Stage.PRODUCTION)
    await versions.move(OWNER, "taxi", 2, Stage.PRODUCTION, archive_existing=True)
    assert await told(models, "taxi") == [
        (None, 2, "None", "Production"),
        (None, 1, "Production", "Archived"),
        (None, 1, "None", "Production"),
        ("champion", None, "2", None),
        ("champion", None, "1", "2"),
        ("champion", None, None, "1"),
    ]
    newest = (await models.history(OWNER, "taxi"))[0]
    assert newest.actor == OWNER.name
    assert newest.at > 0


async def test_history_is_read_in_pieces(models: Models, versions: ModelVersions) -> None:
    await with_two_versions(models, versions)
    for number in (1, 2, 1, 2, 1):
        await versions.set_alias(OWNER, "taxi", "champion", number)
    whole = await models.history(OWNER, "taxi")
    first = await models.history(OWNER, "taxi", 2)
    rest = await models.history(OWNER, "taxi", 100, first[-1].id)
    assert [*first, *rest] == list(whole)
    assert len(whole) == 5


async def test_an_alias_that_goes_with_its_version_leaves_a_trace(models: Models, versions: ModelVersions) -> None:
    await with_two_versions(models, versions)
    await versions.set_alias(OWNER, "taxi", "champion", 2)
    await versions.delete(OWNER, "taxi", 2)
    assert (await told(models, "taxi"))[0] == ("champion", None, "2", None)


async def test_history_follows_renames(models: Models, versions: ModelVersions) -> None:
    await with_two_versions(models, versions, "first")
    await versions.set_alias(OWNER, "first", "a", 1)
    await models.rename(OWNER, "first", "second")
    await versions.set_alias(OWNER, "second", "b", 1)
    await models.rename(OWNER, "second", "third")
    await versions.set_alias(OWNER, "third", "c", 1)
    assert [alias for alias, *_ in await told(models, "third")] == ["c", "b", "a"]
    assert [alias for alias, *_ in await told(models, "third", 2)] == ["c", "b"]
    assert await told(models, "first") == []


async def test_a_new_model_does_not_inherit_the_history_of_its_name(models: Models, versions: ModelVersions) -> None:
    await with_two_versions(models, versions)
    await versions.set_alias(OWNER, "taxi", "champion", 1)
    await models.delete(OWNER, "taxi")
    assert await told(models, "taxi") == [("champion", None, "1", None), ("champion", None, None, "1")]
    await models.create(OWNER, "taxi")
    assert await told(models, "taxi") == []


async def test_a_name_no_model_ever_had_has_no_history(models: Models) -> None:
    with pytest.raises(NotFound):
        await models.history(OWNER, "never")
