from typing import Any

import pytest

from modelyard.domain.errors import AlreadyExists, InvalidInput, InvalidState, NotFound, PermissionDenied
from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipelines import NewPipeline, NewVersion
from modelyard.domain.query import Comparison, Field, Operator
from modelyard.services.pipelines import Pipelines
from modelyard.storage.database import Database
from tests.support.pipelines import document
from tests.support.tracking import ME, STRANGER, journal

FIRST = NewVersion(document())


@pytest.fixture
def pipelines(database: Database) -> Pipelines:
    return Pipelines(database)


def page(size: int = 10, token: str | None = None, **rest: object) -> Listing:
    return Listing(PageRequest(size, token), **rest)  # type: ignore[arg-type]


async def test_a_pipeline_comes_with_a_first_version_of_its_name(pipelines: Pipelines, database: Database) -> None:
    made, first = await pipelines.create(ME, NewPipeline("p", description="d", tags={"team": "a"}), FIRST)
    assert first is not None
    assert (first.name, first.pipeline_id) == ("p", made.id)
    assert await pipelines.get(ME, made.id) == await pipelines.get_by_name(ME, "p") == made
    assert (await pipelines.versions(ME, made.id, page())).items == [first]
    assert [action for action, *_ in await journal(database)] == ["pipeline.created", "pipeline.version_created"]


async def test_names_are_unique(pipelines: Pipelines) -> None:
    made, _ = await pipelines.create(ME, NewPipeline("p"), FIRST)
    with pytest.raises(AlreadyExists, match="a pipeline named 'p'"):
        await pipelines.create(ME, NewPipeline("p"))
    with pytest.raises(AlreadyExists, match="a version named 'p'"):
        await pipelines.add_version(ME, made.id, NewVersion(document(), name="p"))
    assert (await pipelines.list(ME, page())).total == 1


async def test_what_is_no_pipeline_is_refused_and_leaves_nothing(pipelines: Pipelines) -> None:
    with pytest.raises(InvalidInput):
        await pipelines.create(ME, NewPipeline("p"), NewVersion(b"hello"))
    with pytest.raises(InvalidInput, match="128"):
        await pipelines.create(ME, NewPipeline("p" * 129))
    assert (await pipelines.list(ME, page())).total == 0


async def test_lists_are_paged_filtered_and_sorted(pipelines: Pipelines) -> None:
    for name in ("b", "a", "c", "other"):
        await pipelines.create(ME, NewPipeline(name))
    short = (Comparison(Field.ATTRIBUTE, "name", Operator.NE, "other"),)
    wanted: dict[str, Any] = {"filter": short, "sort": "name", "ascending": False}
    first = await pipelines.list(ME, page(2, **wanted))
    assert ([one.name for one in first.items], first.total) == (["c", "b"], 3)
    second = await pipelines.list(ME, page(2, first.next_token, **wanted))
    assert ([one.name for one in second.items], second.total, second.next_token) == (["a"], 3, None)
    with pytest.raises(InvalidInput, match="page token"):
        await pipelines.list(ME, page(2, first.next_token))
    with pytest.raises(InvalidInput, match="Cannot sort by 'size'"):
        await pipelines.list(ME, page(sort="size"))


async def test_a_pipeline_with_versions_is_deleted_only_with_these(pipelines: Pipelines) -> None:
    made, _ = await pipelines.create(ME, NewPipeline("p"), FIRST)
    with pytest.raises(InvalidState, match="cascade"):
        await pipelines.delete(ME, made.id)
    await pipelines.delete(ME, made.id, with_versions=True)
    with pytest.raises(NotFound):
        await pipelines.get(ME, made.id)
    await pipelines.create(ME, NewPipeline("p"))


async def test_a_version_may_be_changed_and_deleted(pipelines: Pipelines) -> None:
    made, first = await pipelines.create(ME, NewPipeline("p"), FIRST)
    assert first is not None
    second = await pipelines.add_version(ME, made.id, NewVersion(document("other"), name="v2", code_url="https://x"))
    changed = await pipelines.update_version(ME, made.id, second.id, {"display_name": "Two", "tags": {"a": "b"}})
    assert (changed.display_name, changed.tags, changed.code_url) == ("Two", {"a": "b"}, "https://x")
    await pipelines.delete_version(ME, made.id, first.id)
    with pytest.raises(NotFound):
        await pipelines.version(ME, made.id, first.id)
    with pytest.raises(NotFound):
        await pipelines.version(ME, "other", second.id)
    await pipelines.delete_version(ME, made.id, second.id)
    await pipelines.delete(ME, made.id)


async def test_strangers_may_nothing(pipelines: Pipelines) -> None:
    with pytest.raises(PermissionDenied):
        await pipelines.create(STRANGER, NewPipeline("p"))
    with pytest.raises(PermissionDenied):
        await pipelines.list(STRANGER, page())
