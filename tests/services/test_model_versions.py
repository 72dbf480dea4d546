import asyncio

import pytest

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.models import AliasNotFound, ModelVersion, NewVersion, Stage
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.formats.filters.versions import parse_version_filter, parse_version_order
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.storage.opening import open_database

S3 = NewVersion("s3://bucket/model")


async def make(models: Models, versions: ModelVersions, name: str = "taxi", count: int = 1) -> None:
    await models.create(OWNER, name)
    for _ in range(count):
        await versions.create(OWNER, name, S3)


async def found(versions: ModelVersions, text: str = "", *order: str) -> list[tuple[str, int]]:
    page = await versions.search(OWNER, parse_version_filter(text), parse_version_order(order), PageRequest(1000))
    return [(version.name, version.number) for version in page.items]


async def test_a_version_keeps_what_was_said_of_it(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "taxi")
    new = NewVersion("s3://b/m", run_id="r1", run_link="http://x", description="d", tags=[("k", "1"), ("k", "2")])
    made = await versions.create(OWNER, "taxi", new)
    assert (made.number, made.source, made.location, made.run_id) == (1, "s3://b/m", "s3://b/m", "r1")
    assert (made.run_link, made.description, made.tags, made.stage) == ("http://x", "d", {"k": "2"}, Stage.NONE)
    assert await versions.get(OWNER, "taxi", 1) == made


async def test_a_version_needs_its_model(versions: ModelVersions) -> None:
    with pytest.raises(NotFound, match="Registered Model with name=taxi not found"):
        await versions.create(OWNER, "taxi", S3)


async def test_numbers_of_deleted_versions_are_not_given_out_again(models: Models, versions: ModelVersions) -> None:
    await make(models, versions, count=2)
    await versions.delete(OWNER, "taxi", 2)
    assert (await versions.create(OWNER, "taxi", S3)).number == 3
    with pytest.raises(NotFound, match=r"Model Version \(name=taxi, version=2\) not found"):
        await versions.get(OWNER, "taxi", 2)


async def test_two_hundred_at_once_are_numbered_without_gaps(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "taxi")
    made = await asyncio.gather(*(versions.create(OWNER, "taxi", S3) for _ in range(200)))
    assert sorted(version.number for version in made) == list(range(1, 201))
    assert len(await found(versions)) == 200


async def test_two_servers_on_one_database_number_without_gaps_too(
    models: Models, versions: ModelVersions, database_url: str
) -> None:
    await models.create(OWNER, "taxi")
    other = open_database(database_url)
    try:
        both = (versions, ModelVersions(other))
        made = await asyncio.gather(*(both[at % 2].create(OWNER, "taxi", S3) for at in range(60)))
    finally:
        other.close()
    assert sorted(version.number for version in made) == list(range(1, 61))


async def test_a_refused_version_takes_no_number(models: Models, versions: ModelVersions) -> None:
    await make(models, versions)
    attempts = [versions.create(OWNER, "taxi", NewVersion(f"/etc/{n}" if n % 2 else "s3://b/m")) for n in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    made = [outcome.number for outcome in outcomes if isinstance(outcome, ModelVersion)]
    assert sorted(made) == list(range(2, 12))
    assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 10


async def test_description_and_tags_can_be_changed(models: Models, versions: ModelVersions, ticking: None) -> None:
    await make(models, versions)
    before = await versions.get(OWNER, "taxi", 1)
    changed = await versions.describe(OWNER, "taxi", 1, "better")
    assert changed.description == "better"
    assert changed.updated_at > before.updated_at
    await versions.set_tag(OWNER, "taxi", 1, "k", "v")
    assert (await versions.get(OWNER, "taxi", 1)).tags == {"k": "v"}
    await versions.delete_tag(OWNER, "taxi", 1, "k")
    await versions.delete_tag(OWNER, "taxi", 1, "k")
    assert (await versions.get(OWNER, "taxi", 1)).tags == {}


@pytest.mark.parametrize("text", ["a" * 100_001, "a\0b"])
async def test_a_tag_value_that_cannot_be_kept_is_refused(models: Models, versions: ModelVersions, text: str) -> None:
    await make(models, versions)
    with pytest.raises(InvalidInput):
        await versions.set_tag(OWNER, "taxi", 1, "k", text)


async def test_text_that_no_database_can_keep_is_refused(models: Models, versions: ModelVersions) -> None:
    await make(models, versions)
    with pytest.raises(InvalidInput, match="description"):
        await versions.describe(OWNER, "taxi", 1, "a\0b")


async def test_an_alias_is_in_one_place_at_a_time(models: Models, versions: ModelVersions) -> None:
    await make(models, versions, count=2)
    await versions.set_alias(OWNER, "taxi", "champion", 1)
    await versions.set_alias(OWNER, "taxi", "best", 1)
    await versions.set_alias(OWNER, "taxi", "champion", 2)
    assert (await versions.by_alias(OWNER, "taxi", "champion")).number == 2
    assert list((await versions.get(OWNER, "taxi", 1)).aliases) == ["best"]
    assert (await models.get(OWNER, "taxi")).aliases == {"best": 1, "champion": 2}


async def test_aliases_need_a_version_and_a_free_name(models: Models, versions: ModelVersions) -> None:
    await make(models, versions)
    with pytest.raises(NotFound):
        await versions.set_alias(OWNER, "taxi", "champion", 2)
    for reserved in ("latest", "LATEST", "v1", "V22"):
        with pytest.raises(InvalidInput, match="reserved"):
            await versions.set_alias(OWNER, "taxi", reserved, 1)
    for bad in ("", "a b", "a/b", "é!", "x" * 256):
        with pytest.raises(InvalidInput):
            await versions.set_alias(OWNER, "taxi", bad, 1)


async def test_an_alias_that_is_not_set_is_told_from_an_unknown_model(models: Models, versions: ModelVersions) -> None:
    await make(models, versions)
    with pytest.raises(AliasNotFound, match="champion"):
        await versions.by_alias(OWNER, "taxi", "champion")
    with pytest.raises(NotFound, match="name=other"):
        await versions.by_alias(OWNER, "other", "champion")
    await versions.delete_alias(OWNER, "taxi", "champion")


async def test_latest_is_the_highest_version_whatever_its_stage(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "taxi")
    with pytest.raises(NotFound, match="Latest version not found"):
        await versions.by_alias(OWNER, "taxi", "latest")
    for _ in range(3):
        await versions.create(OWNER, "taxi", S3)
    await versions.move(OWNER, "taxi", 3, Stage.ARCHIVED)
    await versions.move(OWNER, "taxi", 2, Stage.PRODUCTION)
    assert (await versions.by_alias(OWNER, "taxi", "Latest")).number == 3


async def test_aliases_go_with_a_deleted_version(models: Models, versions: ModelVersions) -> None:
    await make(models, versions, count=2)
    await versions.set_alias(OWNER, "taxi", "champion", 2)
    await versions.delete(OWNER, "taxi", 2)
    assert (await models.get(OWNER, "taxi")).aliases == {}
    with pytest.raises(AliasNotFound):
        await versions.by_alias(OWNER, "taxi", "champion")


async def test_archiving_moves_only_the_others_in_the_same_stage(models: Models, versions: ModelVersions) -> None:
    await make(models, versions, count=4)
    await versions.move(OWNER, "taxi", 1, Stage.PRODUCTION)
    await versions.move(OWNER, "taxi", 2, Stage.PRODUCTION)
    await versions.move(OWNER, "taxi", 3, Stage.STAGING)
    moved = await versions.move(OWNER, "taxi", 2, Stage.PRODUCTION, archive_existing=True)
    assert moved.stage is Stage.PRODUCTION
    stages = [(await versions.get(OWNER, "taxi", number)).stage for number in (1, 2, 3, 4)]
    assert stages == [Stage.ARCHIVED, Stage.PRODUCTION, Stage.STAGING, Stage.NONE]


@pytest.mark.parametrize("stage", [Stage.NONE, Stage.ARCHIVED])
async def test_only_stages_in_use_can_be_cleared(models: Models, versions: ModelVersions, stage: Stage) -> None:
    await make(models, versions)
    with pytest.raises(InvalidInput, match="not an Active stage"):
        await versions.move(OWNER, "taxi", 1, stage, archive_existing=True)


async def test_search_shows_the_last_updated_first(models: Models, versions: ModelVersions, ticking: None) -> None:
    await make(models, versions, "a", 2)
    await make(models, versions, "b", 1)
    assert await found(versions) == [("b", 1), ("a", 2), ("a", 1)]
    await versions.describe(OWNER, "a", 1, "touched")
    assert await found(versions) == [("a", 1), ("b", 1), ("a", 2)]
    assert await found(versions, "", "version_number ASC") == [("a", 1), ("b", 1), ("a", 2)]
    assert await found(versions, "", "name DESC", "version_number ASC") == [("b", 1), ("a", 1), ("a", 2)]
    assert await found(versions, "", "creation_timestamp ASC") == [("a", 1), ("a", 2), ("b", 1)]


async def test_search_filters_by_attributes_and_tags(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "taxi")
    await models.create(OWNER, "churn")
    await versions.create(OWNER, "taxi", NewVersion("s3://b/one", run_id="r1", tags=[("a", "1"), ("b", "2")]))
    await versions.create(OWNER, "taxi", NewVersion("s3://b/two", run_id="r2", tags=[("a", "1")]))
    await versions.create(OWNER, "churn", NewVersion("s3://c/one", run_id="r1"))
    for text, expected in (
        ("name = 'taxi'", {("taxi", 1), ("taxi", 2)}),
        ("name != 'taxi'", {("churn", 1)}),
        ("run_id = 'r1'", {("taxi", 1), ("churn", 1)}),
        ("run_id IN ('r2', 'r3')", {("taxi", 2)}),
        ("run_id NOT IN ('r2', 'r3')", {("taxi", 1), ("churn", 1)}),
        ("source_path LIKE 's3://b/%'", {("taxi", 1), ("taxi", 2)}),
        ("version_number > 1", {("taxi", 2)}),
        ("tags.a = '1' AND tags.b = '2'", {("taxi", 1)}),
        ("name = 'taxi' AND tags.a ILIKE '1'", {("taxi", 1), ("taxi", 2)}),
    ):
        assert set(await found(versions, text)) == expected, text


async def test_versions_of_prompts_are_hidden_unless_asked_for(models: Models, versions: ModelVersions) -> None:
    await make(models, versions)
    await models.create(OWNER, "prompt", tags=[("mlflow.prompt.is_prompt", "true")])
    new = NewVersion("dummy-source", tags=[("mlflow.prompt.is_prompt", "true"), ("mlflow.prompt.text", "hi")])
    await versions.create(OWNER, "prompt", new)
    assert await found(versions) == [("taxi", 1)]
    assert await found(versions, "tags.`mlflow.prompt.is_prompt` = 'true'") == [("prompt", 1)]
    with pytest.raises(InvalidInput, match="placeholder"):
        await versions.create(OWNER, "prompt", NewVersion("s3://b", tags=[("mlflow.prompt.is_prompt", "true")]))


async def test_pages_hold_every_version_once(models: Models, versions: ModelVersions) -> None:
    await make(models, versions, "a", 7)
    await make(models, versions, "b", 7)
    seen: list[tuple[str, int]] = []
    token = None
    for _ in range(5):
        page = await versions.search(OWNER, (), (), PageRequest(3, token))
        seen += [(version.name, version.number) for version in page.items]
        token = page.next_token
    assert token is None
    assert sorted(seen) == [(name, number) for name in ("a", "b") for number in range(1, 8)]


async def test_a_token_belongs_to_its_query(models: Models, versions: ModelVersions) -> None:
    await make(models, versions, count=2)
    token = (await versions.search(OWNER, (), (), PageRequest(1))).next_token
    with pytest.raises(InvalidInput, match="token"):
        await versions.search(OWNER, parse_version_filter("name = 'taxi'"), (), PageRequest(1, token))
