import asyncio

import pytest

from modelyard.domain.errors import (
    AlreadyExists,
    InvalidInput,
    InvalidState,
    ModelyardError,
    NotFound,
    PermissionDenied,
)
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Comparison, Field, Operator, View
from modelyard.services.experiments import Experiments
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from tests.support.tracking import ME, STRANGER, journal, new_run


async def test_the_default_experiment_has_id_0_and_is_made_once(experiments: Experiments, database: Database) -> None:
    await experiments.ensure_default()
    await experiments.ensure_default()
    default = await experiments.get(ME, "0")
    assert (default.name, default.artifact_location) == ("Default", "mlflow-artifacts:/0")
    assert await journal(database) == [("experiment.created", "0", "system")]
    assert (await experiments.create(ME, "next")).id == "1"


async def test_an_experiment_is_found_by_id_and_by_name(experiments: Experiments) -> None:
    made = await experiments.create(ME, "taxi", tags=[("team", "a"), ("team", "b")])
    assert made.tags == {"team": "b"}
    assert await experiments.get(ME, made.id) == made
    assert await experiments.get(ME, f"00{made.id}") == made
    assert await experiments.get_by_name(ME, "taxi") == made
    with pytest.raises(NotFound, match="'Taxi'"):
        await experiments.get_by_name(ME, "Taxi")
    with pytest.raises(NotFound, match="No Experiment with id=99"):
        await experiments.get(ME, "99")


@pytest.mark.parametrize("odd", ["x", "", "-", "1.5", "9" * 30])
async def test_an_id_that_is_no_number_is_bad_input(experiments: Experiments, odd: str) -> None:
    with pytest.raises(InvalidInput, match="must be a valid integer"):
        await experiments.get(ME, odd)


async def test_a_name_is_taken_also_by_what_is_in_the_trash(experiments: Experiments) -> None:
    made = await experiments.create(ME, "taxi")
    with pytest.raises(AlreadyExists):
        await experiments.create(ME, "taxi")
    await experiments.delete(ME, made.id)
    with pytest.raises(AlreadyExists, match="deleted state"):
        await experiments.create(ME, "taxi")
    other = await experiments.create(ME, "other")
    with pytest.raises(AlreadyExists):
        await experiments.rename(ME, other.id, "taxi")
    assert (await experiments.get_by_name(ME, "taxi")).lifecycle is Lifecycle.DELETED


async def test_of_many_who_want_one_name_at_once_one_gets_it(experiments: Experiments) -> None:
    outcomes = await asyncio.gather(*(experiments.create(ME, "one") for _ in range(20)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyExists"] * 19 + ["Experiment"]


async def test_a_renamed_experiment_keeps_everything_else(experiments: Experiments) -> None:
    made = await experiments.create(ME, "before", tags=[("a", "b")])
    await experiments.rename(ME, made.id, "after")
    renamed = await experiments.get(ME, made.id)
    assert (renamed.name, renamed.tags, renamed.created_at) == ("after", {"a": "b"}, made.created_at)
    await experiments.rename(ME, made.id, "after")


async def test_what_is_in_the_trash_cannot_be_renamed_or_tagged(experiments: Experiments) -> None:
    made = await experiments.create(ME, "taxi", tags=[("a", "b")])
    await experiments.delete(ME, made.id)
    with pytest.raises(InvalidState, match="Restore"):
        await experiments.rename(ME, made.id, "other")
    with pytest.raises(InvalidInput, match="'active' state"):
        await experiments.set_tag(ME, made.id, "a", "c")
    with pytest.raises(InvalidInput, match="'active' state"):
        await experiments.delete_tag(ME, made.id, "a")


async def test_deleting_and_restoring_take_turns(experiments: Experiments) -> None:
    made = await experiments.create(ME, "taxi")
    with pytest.raises(NotFound):
        await experiments.restore(ME, made.id)
    await experiments.delete(ME, made.id)
    with pytest.raises(NotFound):
        await experiments.delete(ME, made.id)
    await experiments.restore(ME, made.id)
    assert (await experiments.get(ME, made.id)).lifecycle is Lifecycle.ACTIVE


async def test_restoring_an_experiment_revives_all_its_runs(
    experiments: Experiments, runs: Runs, database: Database
) -> None:
    made, other = await experiments.create(ME, "taxi"), await experiments.create(ME, "other")
    alone, together = await new_run(database, made.id), await new_run(database, made.id)
    elsewhere = await new_run(database, other.id)
    await runs.delete(ME, alone)
    await runs.delete(ME, elsewhere)
    await experiments.delete(ME, made.id)

    async def lifecycles() -> list[str]:
        return [(await runs.get(ME, run_id)).run.lifecycle for run_id in (alone, together, elsewhere)]

    assert await lifecycles() == ["deleted", "deleted", "deleted"]
    await experiments.restore(ME, made.id)
    assert await lifecycles() == ["active", "active", "deleted"]


async def test_a_tag_is_set_replaced_and_removed_once(experiments: Experiments) -> None:
    made = await experiments.create(ME, "taxi")
    for value in ("1", "2"):
        await experiments.set_tag(ME, made.id, "t", value)
    assert (await experiments.get(ME, made.id)).tags == {"t": "2"}
    await experiments.delete_tag(ME, made.id, "t")
    with pytest.raises(NotFound, match="No tag with name: t in experiment with id"):
        await experiments.delete_tag(ME, made.id, "t")


@pytest.mark.parametrize(("key", "value"), [("../x", "v"), ("k" * 251, "v"), ("k", "v" * 20_001), ("k", "a\0b")])
async def test_a_bad_tag_is_refused_and_nothing_is_made(experiments: Experiments, key: str, value: str) -> None:
    with pytest.raises(InvalidInput):
        await experiments.create(ME, "taxi", tags=[("good", "x"), (key, value)])
    with pytest.raises(NotFound):
        await experiments.get_by_name(ME, "taxi")


@pytest.mark.parametrize("name", ["", "x" * 501, "a\nb", "e\u0301"])
async def test_a_bad_name_is_refused(experiments: Experiments, name: str) -> None:
    made = await experiments.create(ME, "good")
    for attempt in (experiments.create(ME, name), experiments.rename(ME, made.id, name)):
        with pytest.raises(InvalidInput):
            await attempt


async def test_pages_follow_each_other_and_tokens_belong_to_their_query(experiments: Experiments) -> None:
    for number in range(5):
        await experiments.create(ME, f"e{number}")
    found: list[str] = []
    token = None
    while True:
        page = await experiments.search(ME, (), (), View.ACTIVE, PageRequest(2, token))
        found += [experiment.name for experiment in page.items]
        if page.next_token is None:
            break
        token = page.next_token
    assert sorted(found) == [f"e{number}" for number in range(5)]
    other = (Comparison(Field.ATTRIBUTE, "name", Operator.EQ, "e1"),)
    for filter_, view in ((other, View.ACTIVE), ((), View.ALL)):
        with pytest.raises(InvalidInput, match="another filter"):
            await experiments.search(ME, filter_, (), view, PageRequest(2, token))


async def test_a_full_last_page_has_no_token(experiments: Experiments) -> None:
    for number in range(4):
        await experiments.create(ME, f"e{number}")
    assert (await experiments.search(ME, (), (), View.ACTIVE, PageRequest(4))).next_token is None
    assert (await experiments.search(ME, (), (), View.ACTIVE, PageRequest(3))).next_token is not None


@pytest.mark.parametrize("limit", [0, -1, 50_001])
async def test_a_page_is_neither_empty_nor_endless(experiments: Experiments, limit: int) -> None:
    with pytest.raises(InvalidInput, match="max_results"):
        await experiments.search(ME, (), (), View.ACTIVE, PageRequest(limit))


async def test_every_change_is_one_event_and_a_refused_one_is_none(
    experiments: Experiments, database: Database
) -> None:
    made = (await experiments.create(ME, "a", tags=[("x", "y")])).id
    await experiments.rename(ME, made, "b")
    await experiments.set_tag(ME, made, "t", "1")
    await experiments.delete_tag(ME, made, "t")
    await experiments.delete(ME, made)
    await experiments.restore(ME, made)
    refused = [
        experiments.create(ME, "b"),
        experiments.rename(ME, "99", "c"),
        experiments.delete_tag(ME, made, "none"),
        experiments.restore(ME, made),
        experiments.create(STRANGER, "c"),
    ]
    for attempt in refused:
        with pytest.raises(ModelyardError):
            await attempt
    verbs = ("created", "renamed", "tagged", "untagged", "deleted", "restored")
    assert await journal(database) == [(f"experiment.{verb}", made, "local") for verb in verbs]


async def test_a_stranger_may_do_nothing(experiments: Experiments) -> None:
    made = (await experiments.create(ME, "mine")).id
    attempts = [
        experiments.create(STRANGER, "x"),
        experiments.get(STRANGER, made),
        experiments.get_by_name(STRANGER, "mine"),
        experiments.rename(STRANGER, made, "x"),
        experiments.delete(STRANGER, made),
        experiments.restore(STRANGER, made),
        experiments.set_tag(STRANGER, made, "k", "v"),
        experiments.delete_tag(STRANGER, made, "k"),
        experiments.search(STRANGER, (), (), View.ALL, PageRequest(1)),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied, match="stranger may not"):
            await attempt
