import math

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.runs import Logged, Metric, RunChange, RunStatus
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.storage.database import Database
from tests.support.tracking import ME, exact, metrics, new_experiment, new_run, shown


@pytest.fixture
def run_log(database: Database) -> RunLog:
    return RunLog(database)


async def test_what_is_logged_is_there_when_the_call_returns(run_log: RunLog, runs: Runs, database: Database) -> None:
    run = await new_run(database, await new_experiment(database), "r")
    logged = Logged([Metric("loss", 0.5, 10, 1), Metric("loss", 0.25, 11, 2)], [("lr", "0.1")], [("team", "a")])
    await run_log.log(ME, run, logged)
    assert shown(await runs.get(ME, run)) == {
        "metrics": {"loss": (0.25, 11, 2)},
        "params": {"lr": "0.1"},
        "tags": {"mlflow.runName": "r", "team": "a"},
    }


async def test_values_no_json_number_has_are_kept_exactly(run_log: RunLog, database: Database) -> None:
    run = await new_run(database, await new_experiment(database))
    for at, value in enumerate((math.nan, math.inf, -math.inf)):
        await run_log.log(ME, run, metrics((f"m{at}", value, 1, 1)))
        (point,) = (await Series(database).history(ME, run, f"m{at}")).items
        assert exact(point.value) == exact(value)


async def test_long_params_and_tags_are_cut(run_log: RunLog, runs: Runs, database: Database) -> None:
    run = await new_run(database, await new_experiment(database))
    await run_log.log(ME, run, Logged(params=[("p", "x" * 6_001)], tags=[("t", "y" * 8_001)]))
    await run_log.log(ME, run, Logged(params=[("p", "x" * 7_000)]))
    document = shown(await runs.get(ME, run))
    assert document["params"]["p"] == "x" * 6_000
    assert document["tags"]["t"] == "y" * 8_000


@pytest.mark.parametrize(
    ("logged", "reason"),
    [
        (metrics(("ok", 1.0, 1, 1), ("../m", 1.0, 1, 1)), r"metrics\[1\]\.name"),
        (metrics(("m", 1.0, -1, 1)), r"for parameter 'metrics\[0\].timestamp' supplied: metric 'm'"),
        (Logged(params=[("ok", "1"), ("a//b", "1")]), r"params\[1\]\.key"),
        (Logged(tags=[("k" * 251, "1")]), "maximum length of 250"),
        (Logged(params=[("p", "1"), ("p", "1")]), r"Duplicate parameter keys .*\['p'\]"),
        (Logged(params=[("p", "a\0b")]), "NUL"),
        (Logged(tags=[("t", "a\0b")]), "NUL"),
    ],
)
async def test_one_bad_entry_refuses_all_of_them(
    run_log: RunLog, runs: Runs, database: Database, logged: Logged, reason: str
) -> None:
    run = await new_run(database, await new_experiment(database), "r")
    with pytest.raises(InvalidInput, match=reason):
        await run_log.log(ME, run, Logged([*logged.metrics, Metric("good", 1.0, 1, 1)], logged.params, logged.tags))
    assert shown(await runs.get(ME, run)) == {"metrics": {}, "params": {}, "tags": {"mlflow.runName": "r"}}


async def test_a_finished_run_may_still_be_written(run_log: RunLog, runs: Runs, database: Database) -> None:
    run = await new_run(database, await new_experiment(database))
    await runs.update(ME, run, RunChange(RunStatus.FINISHED, 5))
    await run_log.log(ME, run, metrics(("m", 1.0, 1, 1)))
    assert shown(await runs.get(ME, run))["metrics"] == {"m": (1.0, 1, 1)}


async def test_nothing_to_log_is_no_error(run_log: RunLog, database: Database) -> None:
    await run_log.log(ME, await new_run(database, await new_experiment(database)), Logged())
