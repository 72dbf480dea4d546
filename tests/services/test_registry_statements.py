"""A search costs the same number of statements however much it finds."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from modelyard.domain.logged_models import NewLoggedModel
from modelyard.domain.models import NewVersion
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.services.experiments import Experiments
from modelyard.services.logged_models import LoggedModels
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.storage.database import Database
from tests.support.statements import counted

MODELS = 5  # models, tags, aliases, latest versions, their tags
VERSIONS = 3  # versions, tags, aliases
LOGGED = 4  # models, params, tags, metrics


@pytest.fixture(autouse=True)
async def filled(
    experiments: Experiments, models: Models, versions: ModelVersions, logged_models: LoggedModels
) -> None:
    await experiments.ensure_default()
    for number in range(12):
        name = f"m{number}"
        await models.create(OWNER, name, tags=[("k", "v")])
        for _ in range(2):
            await versions.create(OWNER, name, NewVersion("s3://b/m", tags=[("k", "v")]))
        await versions.set_alias(OWNER, name, "champion", 1)
        await logged_models.create(OWNER, NewLoggedModel("0", name, params=[("p", "1")], tags=[("t", "2")]))


@pytest.mark.parametrize("limit", [1, 10])
async def test_searches_take_a_fixed_number_of_statements(
    database: Database, models: Models, versions: ModelVersions, logged_models: LoggedModels, limit: int
) -> None:
    page = PageRequest(limit)
    searches: list[tuple[int, Callable[[], Awaitable[Any]]]] = [
        (MODELS, lambda: models.search(OWNER, (), (), page)),
        (VERSIONS, lambda: versions.search(OWNER, (), (), page)),
        (LOGGED, lambda: logged_models.search(OWNER, ["0"], (), (), page)),
    ]
    for budget, search in searches:
        with counted(database) as statements:
            found = await search()
        assert len(found.items) == limit
        assert len(statements) == budget, "\n".join(statements)


async def test_a_version_is_created_in_a_fixed_number_of_statements(
    database: Database, versions: ModelVersions
) -> None:
    with counted(database) as statements:
        await versions.create(OWNER, "m1", NewVersion("s3://b/m", tags=[("a", "1"), ("b", "2")]))
    assert len(statements) == 5, "\n".join(statements)  # number, version, tags, event, who listens
