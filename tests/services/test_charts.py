import pytest

from modelyard.domain.charts import Axis, Mark
from modelyard.domain.errors import InvalidInput, NotFound, PermissionDenied
from modelyard.services.charts import MOST_BUCKETS, Charts
from modelyard.services.run_log import RunLog
from modelyard.storage.database import Database
from tests.support.tracking import ME, STRANGER, metrics, new_experiment, new_run


@pytest.fixture
def charts(database: Database) -> Charts:
    return Charts(database)


@pytest.fixture
async def run(database: Database) -> str:
    run = await new_run(database, await new_experiment(database))
    log = RunLog(database)
    await log.log(ME, run, metrics(*(("loss", float(-at), 1000 - at, at) for at in range(100))))
    await log.log(ME, run, metrics(("acc", 0.5, 1, 1)))
    return run


async def test_a_series_is_drawn_by_step_or_by_time(charts: Charts, run: str) -> None:
    by_step = await charts.one(ME, run, "loss", 10, Axis.STEP)
    by_time = await charts.one(ME, run, "loss", 10, Axis.TIME)
    assert [bucket.first for bucket in by_step.drawn.buckets][:2] == [Mark(0, 0.0), Mark(10, -10.0)]
    assert [bucket.first for bucket in by_time.drawn.buckets][:2] == [Mark(901, -99.0), Mark(911, -89.0)]


async def test_few_points_are_sent_as_they_are(charts: Charts, run: str) -> None:
    chart = await charts.one(ME, run, "loss", 51, Axis.STEP)
    assert (chart.drawn.exact, len(chart.drawn.marks), chart.drawn.total) == (True, 100, 100)


async def test_a_metric_that_was_never_logged_is_empty(charts: Charts, run: str) -> None:
    assert (await charts.one(ME, run, "nothing", 10, Axis.STEP)).drawn.total == 0


async def test_a_run_that_is_not_there_is_named(charts: Charts) -> None:
    with pytest.raises(NotFound, match="f" * 32):
        await charts.one(ME, "f" * 32, "loss", 10, Axis.STEP)


async def test_several_come_as_they_were_asked_for(database: Database, charts: Charts, run: str) -> None:
    other = await new_run(database, await new_experiment(database, "other"))
    await RunLog(database).log(ME, other, metrics(("loss", 7.0, 1, 1)))
    found = await charts.several(ME, [other, "f" * 32, run], ["loss", "acc", "none"], 10, Axis.STEP)
    assert [(one.run_id, one.key, one.drawn.total) for one in found] == [
        (other, "loss", 1),
        (run, "loss", 100),
        (run, "acc", 1),
    ]


@pytest.mark.parametrize(
    ("runs", "keys", "buckets"), [(101, 1, 10), (100, 11, 10), (1, 1, 0), (1, 1, MOST_BUCKETS + 1)]
)
async def test_what_is_too_much_is_refused(charts: Charts, runs: int, keys: int, buckets: int) -> None:
    with pytest.raises(InvalidInput):
        await charts.several(ME, ["f" * 32] * runs, ["k"] * keys, buckets, Axis.STEP)


async def test_strangers_may_not_look(charts: Charts, run: str) -> None:
    with pytest.raises(PermissionDenied):
        await charts.one(STRANGER, run, "loss", 10, Axis.STEP)
