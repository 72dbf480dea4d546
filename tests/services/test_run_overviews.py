import math
from dataclasses import replace

import pytest

from modelyard.domain.errors import InvalidInput, PermissionDenied
from modelyard.domain.query import Field, View
from modelyard.domain.run_groups import GroupsWanted
from modelyard.domain.runs import Logged, Metric, NewRun, RunChange, RunStatus
from modelyard.formats.filters.runs import parse_run_filter
from modelyard.services.run_batches import RunBatches
from modelyard.services.run_log import RunLog
from modelyard.services.run_overviews import RunOverviews
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from tests.support.tracking import ME, STRANGER, new_experiment

LOGGED = [("a", 1.0), ("a", 3.0), ("b", 10.0), ("b", math.nan), (None, 1e9)]


@pytest.fixture
def overviews(database: Database) -> RunOverviews:
    return RunOverviews(database)


@pytest.fixture
async def experiment(database: Database) -> str:
    """Runs with a param, or without it, and a metric each."""
    made = await new_experiment(database)
    for at, (kind, value) in enumerate(LOGGED):
        run = (await Runs(database).create(ME, NewRun(made, f"run-{at}", started_at=at))).run.id
        params = [] if kind is None else [("kind", kind)]
        logged = Logged([Metric("mae", value, 0, 0)], [*params, ("depth", "3")], [("to_be.sure", str(at))])
        await RunLog(database).log(ME, run, logged)
    await Runs(database).update(ME, run, RunChange(status=RunStatus.FAILED))
    return made


def wanted(experiment: str, *by: tuple[Field, str]) -> GroupsWanted:
    return GroupsWanted([experiment], (), View.ACTIVE, by, ["mae", "none"], 10)


async def test_groups_have_the_mean_and_the_deviation_of_their_runs(overviews: RunOverviews, experiment: str) -> None:
    found = {one.values: one for one in await overviews.groups(ME, wanted(experiment, (Field.PARAM, "kind")))}
    assert {values: one.runs for values, one in found.items()} == {("a",): 2, ("b",): 2, (None,): 1}
    a, b, rest = (found[values,].metrics["mae"] for values in ("a", "b", None))
    assert (a.count, a.mean, a.least, a.most) == (2, 2.0, 1.0, 3.0)
    assert a.deviation == pytest.approx(math.sqrt(2))
    assert (b.count, b.mean, b.deviation) == (1, 10.0, 0.0)
    assert (rest.mean, rest.deviation) == (1e9, 0.0)
    assert all(one.metrics.keys() == {"mae"} for one in found.values())


async def test_groups_are_of_what_matches(overviews: RunOverviews, experiment: str) -> None:
    by = ((Field.PARAM, "depth"), (Field.PARAM, "kind"))
    asked = replace(wanted(experiment, *by), filter=parse_run_filter("metrics.mae < 5"))
    [group] = await overviews.groups(ME, asked)
    assert (group.values, group.runs) == (("3", "a"), 2)


async def test_what_cannot_be_grouped_by_is_refused(overviews: RunOverviews, experiment: str) -> None:
    for by in ((), ((Field.METRIC, "mae"),), ((Field.PARAM, "a"),) * 4):
        with pytest.raises(InvalidInput, match="Group by 1 to 3"):
            await overviews.groups(ME, wanted(experiment, *by))


async def test_keys_come_with_how_many_runs_have_them(overviews: RunOverviews, experiment: str) -> None:
    found = await overviews.keys(ME, [experiment], Field.PARAM)
    assert [(one.key, one.runs, one.values) for one in found.items] == [("depth", 5, 1), ("kind", 4, 2)]
    assert found.total == 2
    metrics = await overviews.keys(ME, [experiment], Field.METRIC, limit=1)
    assert [(one.key, one.runs) for one in metrics.items] == [("mae", 5)]


async def test_keys_are_searched_as_they_are_written(overviews: RunOverviews, experiment: str) -> None:
    for part, number in (("O_B", 1), ("e_s", 0), (".SURE", 1), ("RUNNAME", 1)):
        assert len((await overviews.keys(ME, [experiment], Field.TAG, part)).items) == number


async def test_experiments_say_how_busy_they_are(overviews: RunOverviews, experiment: str, database: Database) -> None:
    empty = await new_experiment(database, "empty")
    found = await overviews.activity(ME, [empty, experiment])
    assert [(one.runs, one.running, one.failed, one.last_started_at) for one in found] == [
        (0, 0, 0, None),
        (5, 4, 1, 4),
    ]


async def test_strangers_learn_nothing(overviews: RunOverviews, experiment: str) -> None:
    with pytest.raises(PermissionDenied):
        await overviews.keys(STRANGER, [experiment], Field.TAG)
    with pytest.raises(PermissionDenied):
        await overviews.activity(STRANGER, [experiment])
    with pytest.raises(PermissionDenied):
        await overviews.groups(STRANGER, wanted(experiment, (Field.PARAM, "kind")))


async def test_a_batch_changes_what_it_can_and_names_the_rest(database: Database) -> None:
    runs = Runs(database)
    batches = RunBatches(runs, RunLog(database))
    experiment = await new_experiment(database)
    ids = [(await runs.create(ME, NewRun(experiment))).run.id for _ in range(3)]
    missing = "f" * 32
    assert (await batches.tag(ME, [*ids, missing], {"team": "x"}, ["never"])).refused.keys() == {missing}
    deleted = await batches.delete(ME, [ids[0], ids[0], missing])
    assert (list(deleted.done), list(deleted.refused)) == ([ids[0]], [missing])
    assert list((await batches.tag(ME, ids, {}, ["team"])).refused) == [ids[0]]
    assert list((await batches.restore(ME, ids)).done) == ids
    with pytest.raises(InvalidInput, match="at most 1000"):
        await batches.delete(ME, [str(at) for at in range(1001)])
