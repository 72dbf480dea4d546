import math

import pytest

from modelyard.domain.pages import PageRequest
from modelyard.domain.query import View
from modelyard.domain.runs import Fields, Logged, Metric, RunsWanted
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from tests.support.tracking import ME, new_experiment, new_run, shown

NOTHING: frozenset[str] = frozenset()


@pytest.fixture
async def experiment(database: Database) -> str:
    experiment = await new_experiment(database)
    run = await new_run(database, experiment, "full")
    points = [Metric("loss", 0.5, 1, 1), Metric("gap", math.nan, 2, 2), Metric("acc", 0.9, 3, 3)]
    await RunLog(database).log(ME, run, Logged(points, [("lr", "1"), ("depth", "2")], [("team", "x")]))
    await new_run(database, experiment, "empty")
    return experiment


@pytest.mark.parametrize(
    ("fields", "metrics", "params", "tags"),
    [
        (Fields(NOTHING, NOTHING, NOTHING), set(), set(), set()),
        (Fields(frozenset({"gap", "none"}), frozenset({"lr"}), frozenset({"team"})), {"gap"}, {"lr"}, {"team"}),
        (Fields(NOTHING, None, NOTHING), set(), {"lr", "depth"}, set()),
        (Fields(None, None, None), {"loss", "gap", "acc"}, {"lr", "depth"}, {"team", "mlflow.runName"}),
    ],
)
async def test_only_what_is_asked_for_is_read(
    runs: Runs, experiment: str, fields: Fields, metrics: set[str], params: set[str], tags: set[str]
) -> None:
    wanted = RunsWanted([experiment], (), (), View.ACTIVE, PageRequest(10), fields)
    details = {one.run.name: one for one in (await runs.find(ME, wanted)).items}
    full = shown(details["full"])
    assert (set(full["metrics"]), set(full["params"]), set(full["tags"])) == (metrics, params, tags)
    assert set(shown(details["empty"])["tags"]) == tags - {"team"}
    assert details["full"].document.plain == ("gap" not in metrics)


async def test_a_projected_run_is_what_the_whole_one_is(runs: Runs, experiment: str) -> None:
    page = PageRequest(10)
    whole = await runs.search(ME, [experiment], (), (), View.ACTIVE, page)
    projected = await runs.find(ME, RunsWanted([experiment], (), (), View.ACTIVE, page, Fields()))
    assert [shown(one) for one in projected.items] == [shown(one) for one in whole.items]
