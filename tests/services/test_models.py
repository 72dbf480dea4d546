import pytest

from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied
from modelyard.domain.models import NewVersion, Stage
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.domain.principals import Principal
from modelyard.domain.query import Filter
from modelyard.formats.filters.models import parse_model_filter, parse_model_order
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models

S3 = NewVersion("s3://bucket/model")


async def names_of(models: Models, filter_: Filter = (), *order: str) -> list[str]:
    page = await models.search(OWNER, filter_, parse_model_order(order), PageRequest(100))
    return [model.name for model in page.items]


async def test_a_model_is_created_with_description_and_tags(models: Models) -> None:
    made = await models.create(OWNER, "taxi", "rides", [("a", "1"), ("a", "2"), ("b", "")])
    assert (made.name, made.description, made.tags) == ("taxi", "rides", {"a": "2", "b": ""})
    assert made.created_at == made.updated_at
    assert await models.get(OWNER, "taxi") == made


async def test_a_name_can_be_taken_once(models: Models) -> None:
    await models.create(OWNER, "taxi")
    with pytest.raises(AlreadyExists, match="taxi"):
        await models.create(OWNER, "taxi")
    await models.create(OWNER, "Taxi")


async def test_an_unknown_model_is_named_in_the_error(models: Models) -> None:
    with pytest.raises(NotFound, match="Registered Model with name=taxi not found"):
        await models.get(OWNER, "taxi")


async def test_a_bad_name_is_refused_before_it_is_looked_for(models: Models) -> None:
    with pytest.raises(InvalidInput, match="cannot contain"):
        await models.get(OWNER, "a/b")


async def test_strangers_may_do_nothing(models: Models) -> None:
    with pytest.raises(PermissionDenied):
        await models.create(Principal("mallory"), "taxi")


async def test_a_rename_takes_versions_tags_and_aliases_along(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "old", tags=[("k", "v")])
    await versions.create(OWNER, "old", S3)
    await versions.set_alias(OWNER, "old", "champion", 1)
    renamed = await models.rename(OWNER, "old", "new")
    assert (renamed.name, renamed.tags, renamed.aliases) == ("new", {"k": "v"}, {"champion": 1})
    assert (await versions.get(OWNER, "new", 1)).name == "new"
    with pytest.raises(NotFound):
        await models.get(OWNER, "old")


async def test_a_rename_to_a_name_taken_is_refused(models: Models) -> None:
    await models.create(OWNER, "one")
    await models.create(OWNER, "two")
    with pytest.raises(AlreadyExists, match="two"):
        await models.rename(OWNER, "one", "two")


async def test_deleting_frees_the_name_and_its_numbers(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "taxi")
    await versions.create(OWNER, "taxi", S3)
    await models.delete(OWNER, "taxi")
    with pytest.raises(NotFound):
        await models.delete(OWNER, "taxi")
    await models.create(OWNER, "taxi")
    assert (await versions.create(OWNER, "taxi", S3)).number == 1


async def test_tags_are_replaced_and_deleting_a_missing_one_is_nothing(models: Models) -> None:
    await models.create(OWNER, "taxi")
    await models.set_tag(OWNER, "taxi", "k", "1")
    await models.set_tag(OWNER, "taxi", "k", "2")
    assert (await models.get(OWNER, "taxi")).tags == {"k": "2"}
    await models.delete_tag(OWNER, "taxi", "k")
    await models.delete_tag(OWNER, "taxi", "k")
    assert (await models.get(OWNER, "taxi")).tags == {}
    with pytest.raises(NotFound):
        await models.set_tag(OWNER, "unknown", "k", "1")


async def test_tags_and_aliases_do_not_count_as_updates_but_versions_and_stages_do(
    models: Models, versions: ModelVersions, ticking: None
) -> None:
    made = await models.create(OWNER, "taxi")
    await models.set_tag(OWNER, "taxi", "k", "1")
    assert (await models.get(OWNER, "taxi")).updated_at == made.updated_at
    await versions.create(OWNER, "taxi", S3)
    after_version = (await models.get(OWNER, "taxi")).updated_at
    assert after_version > made.updated_at
    await versions.set_alias(OWNER, "taxi", "champion", 1)
    assert (await models.get(OWNER, "taxi")).updated_at == after_version
    await versions.move(OWNER, "taxi", 1, Stage.STAGING)
    assert (await models.get(OWNER, "taxi")).updated_at > after_version


async def test_search_orders_names_by_code_point_on_every_database(models: Models) -> None:
    for name in ("a2", "B2", "A1", "Ä", "a-1", "a 1"):
        await models.create(OWNER, name)
    assert await names_of(models) == sorted(["a2", "B2", "A1", "Ä", "a-1", "a 1"])
    assert await names_of(models, (), "name DESC") == sorted(["a2", "B2", "A1", "Ä", "a-1", "a 1"], reverse=True)


async def test_search_filters_by_name_and_tags(models: Models) -> None:
    await models.create(OWNER, "taxi", tags=[("stage", "prod"), ("team", "x")])
    await models.create(OWNER, "Taxi-2", tags=[("stage", "dev")])
    await models.create(OWNER, "churn")
    for text, expected in (
        ("name = 'taxi'", ["taxi"]),
        ("name LIKE 'T%'", ["Taxi-2"]),
        ("name ILIKE 't%'", ["Taxi-2", "taxi"]),
        ("name IN ('taxi', 'churn')", ["churn", "taxi"]),
        ("tags.stage = 'prod'", ["taxi"]),
        ("tags.stage != 'prod'", ["Taxi-2"]),
        ("tags.stage = 'prod' AND tags.team = 'x'", ["taxi"]),
        ("tags.stage = 'prod' AND tags.team = 'y'", []),
    ):
        assert await names_of(models, parse_model_filter(text)) == expected, text


async def test_prompts_are_hidden_unless_asked_for(models: Models) -> None:
    await models.create(OWNER, "model")
    await models.create(OWNER, "prompt", tags=[("mlflow.prompt.is_prompt", "true")])
    await models.create(OWNER, "no-prompt", tags=[("mlflow.prompt.is_prompt", "false")])
    tag = "tags.`mlflow.prompt.is_prompt`"
    assert await names_of(models) == ["model", "no-prompt"]
    assert await names_of(models, parse_model_filter(f"{tag} = 'true'")) == ["prompt"]
    assert await names_of(models, parse_model_filter(f"{tag} != 'true'")) == ["model", "no-prompt"]


async def test_pages_hold_every_model_once_and_the_last_has_no_token(models: Models) -> None:
    for number in range(10):
        await models.create(OWNER, f"m{number}")
    seen: list[str] = []
    token: str | None = None
    sizes = []
    while True:
        page = await models.search(OWNER, (), parse_model_order(["timestamp DESC"]), PageRequest(5, token))
        seen += [model.name for model in page.items]
        sizes.append(len(page.items))
        token = page.next_token
        if token is None:
            break
    assert sorted(seen) == [f"m{number}" for number in range(10)]
    assert sizes == [5, 5]


async def test_a_page_must_have_a_size_and_a_token_of_its_own(models: Models) -> None:
    for limit in (0, 1001):
        with pytest.raises(InvalidInput, match="max_results"):
            await models.search(OWNER, (), (), PageRequest(limit))
    with pytest.raises(InvalidInput, match="token"):
        await models.search(OWNER, (), (), PageRequest(10, "nonsense"))


async def test_the_latest_version_of_each_stage_is_shown(models: Models, versions: ModelVersions) -> None:
    await models.create(OWNER, "taxi")
    for _ in range(4):
        await versions.create(OWNER, "taxi", S3)
    await versions.move(OWNER, "taxi", 1, Stage.PRODUCTION)
    await versions.move(OWNER, "taxi", 2, Stage.PRODUCTION)
    await versions.move(OWNER, "taxi", 3, Stage.STAGING)
    await versions.set_alias(OWNER, "taxi", "champion", 3)
    shown = (await models.get(OWNER, "taxi")).latest
    assert [(version.number, version.stage, list(version.aliases)) for version in shown] == [
        (2, Stage.PRODUCTION, []),
        (3, Stage.STAGING, ["champion"]),
        (4, Stage.NONE, []),
    ]
    assert list(await models.latest(OWNER, "taxi")) == list(shown)
