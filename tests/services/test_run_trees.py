from collections.abc import Mapping

import pytest

from modelyard.domain.errors import InvalidInput, NotFound, PermissionDenied
from modelyard.domain.runs import Logged, NewRun
from modelyard.formats.filters.runs import parse_run_filter
from modelyard.services import run_trees
from modelyard.services.run_log import RunLog
from modelyard.services.run_trees import RunTrees, Tree
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from modelyard.storage.tables.tracking import PARENT_TAG
from tests.support.tracking import ME, STRANGER, new_experiment

SHAPE = {"top": "", "a": "top", "b": "top", "a1": "a", "a2": "a", "a11": "a1", "alone": ""}


@pytest.fixture
def trees(database: Database) -> RunTrees:
    return RunTrees(database)


@pytest.fixture
async def ids(database: Database) -> Mapping[str, str]:
    """Runs by name, nested as SHAPE says, each started after those before it."""
    experiment = await new_experiment(database)
    made: dict[str, str] = {}
    for at, (name, parent) in enumerate(SHAPE.items()):
        tags = [
            ("kind", "leaf" if name in ("a11", "b") else "inner"),
            *([(PARENT_TAG, made[parent])] if parent else []),
        ]
        made[name] = (await Runs(database).create(ME, NewRun(experiment, name, "", at, tags))).run.id
    return made


def names(tree: Tree) -> list[tuple[str, int, bool]]:
    return [(one.detail.run.name, one.depth, one.matches) for one in tree.branches]


async def test_a_tree_has_every_level(trees: RunTrees, ids: Mapping[str, str]) -> None:
    tree = await trees.below(ME, ids["top"])
    assert [name for name, *_ in names(tree)] == ["top", "b", "a", "a2", "a1", "a11"]
    parents = {one.detail.run.name: one.parent_id for one in tree.branches}
    assert parents == {name: ids[parent] if parent else None for name, parent in SHAPE.items() if name != "alone"}
    assert tree.whole


async def test_children_alone_are_one_level(trees: RunTrees, ids: Mapping[str, str]) -> None:
    assert names(await trees.below(ME, ids["top"], depth=1)) == [("top", 0, True), ("b", 1, True), ("a", 1, True)]
    assert names(await trees.below(ME, ids["a"], depth=0)) == [("a", 0, True)]


async def test_a_filter_keeps_what_leads_to_a_match(trees: RunTrees, ids: Mapping[str, str]) -> None:
    tree = await trees.below(ME, ids["top"], filter_=parse_run_filter("tags.kind = 'leaf'"))
    assert names(tree) == [("top", 0, False), ("b", 1, True), ("a", 1, False), ("a1", 2, False), ("a11", 3, True)]


async def test_a_filter_that_nothing_matches_leaves_the_top(trees: RunTrees, ids: Mapping[str, str]) -> None:
    assert names(await trees.below(ME, ids["a"], filter_=parse_run_filter("tags.kind = 'x'"))) == [("a", 0, False)]


async def test_what_runs_are_nested_in_is_found_at_every_level(trees: RunTrees, ids: Mapping[str, str]) -> None:
    found = await trees.above(ME, [ids["a11"], ids["b"], ids["a"]])
    assert {one.run.name for one in found} == {"a1", "top"}
    assert not await trees.above(ME, [ids["alone"], "f" * 32])


async def test_runs_that_are_parts_of_each_other_are_shown_once(
    database: Database, trees: RunTrees, ids: Mapping[str, str]
) -> None:
    await RunLog(database).log(ME, ids["top"], Logged(tags=[(PARENT_TAG, ids["a11"])]))
    assert sorted(name for name, *_ in names(await trees.below(ME, ids["a"]))) == ["a", "a1", "a11", "a2", "b", "top"]
    assert {one.run.name for one in await trees.above(ME, [ids["a"]])} == {"a1", "a11", "top"}


async def test_a_tree_that_is_too_big_says_so(
    trees: RunTrees, ids: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_trees, "MOST_RUNS", 3)
    tree = await trees.below(ME, ids["top"])
    assert ([name for name, *_ in names(tree)], tree.whole) == (["top", "b", "a"], False)


async def test_a_run_that_is_not_there_is_named(trees: RunTrees) -> None:
    with pytest.raises(NotFound, match="f" * 32):
        await trees.below(ME, "f" * 32)


@pytest.mark.parametrize("depth", [-1, 51])
async def test_a_depth_out_of_bounds_is_refused(trees: RunTrees, ids: Mapping[str, str], depth: int) -> None:
    with pytest.raises(InvalidInput, match="0 to 50"):
        await trees.below(ME, ids["top"], depth)


async def test_strangers_may_not_look(trees: RunTrees, ids: Mapping[str, str]) -> None:
    with pytest.raises(PermissionDenied):
        await trees.below(STRANGER, ids["top"])
