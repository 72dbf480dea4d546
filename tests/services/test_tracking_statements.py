"""What each hot route costs, in statements: none more however many clients log at once."""

from collections.abc import Coroutine
from typing import Any

import pytest

from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.domain.runs import Logged, Metric, NewRun, RunChange, RunStatus
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from modelyard.storage.runs import NAME_TAG
from tests.support.gathering import together
from tests.support.statements import counted
from tests.support.tracking import new_experiment, new_run

METRIC = 3  # run and its version, series, chunk
PARAM = 4  # run, known params, param, event
TAG = 3  # run, tag, event
CREATE = 4  # experiment, run, tags, event
UPDATE = 3  # run, its change, event

point = Logged([Metric("loss", 0.5, 1, 1)])
params = [(f"p{number}", "x") for number in range(10)]
everything = Logged([Metric(f"m{number}", 0.5, 1, 1) for number in range(10)], params, params)


@pytest.fixture
async def experiment(database: Database) -> str:
    return await new_experiment(database)


@pytest.mark.parametrize(
    ("logged", "budget"),
    [
        (point, METRIC),
        (Logged(params=[("p", "1")]), PARAM),
        (Logged(tags=[("t", "1")]), TAG),
        (Logged(tags=[(NAME_TAG, "new")]), TAG + 1),
        (Logged(everything.metrics), METRIC),
        (Logged(params=params), PARAM),
        (Logged(tags=params), TAG),
        (everything, 7),
    ],
    ids=["log-metric", "log-param", "set-tag", "set-tag: name", "metrics", "params", "tags", "log-batch"],
)
async def test_logging(database: Database, experiment: str, logged: Logged, budget: int) -> None:
    run_id = await new_run(database, experiment)
    for least in (budget, budget - 1):  # a param that is known already is not written again
        with counted(database) as statements:
            await RunLog(database).log(OWNER, run_id, logged)
        assert least <= len(statements) <= budget, "\n".join(statements)


async def test_starting_and_finishing_a_run(database: Database, runs: Runs, experiment: str) -> None:
    with counted(database) as statements:
        run_id = (await runs.create(OWNER, NewRun(experiment, tags=params))).run.id
    assert len(statements) == CREATE, "\n".join(statements)
    for change, budget in (
        (RunChange(RunStatus.FINISHED, 5), UPDATE),
        (RunChange(RunStatus.FINISHED, 5), UPDATE - 2),
        (RunChange(name="new"), UPDATE + 1),
    ):
        with counted(database) as statements:
            await runs.update(OWNER, run_id, change)
        assert len(statements) == budget, "\n".join(statements)


@pytest.mark.parametrize("clients", [1, 7, 40])
async def test_however_many_do_it_at_once(database: Database, runs: Runs, experiment: str, clients: int) -> None:
    run_ids = [await new_run(database, experiment) for _ in range(clients)]
    log = RunLog(database).log
    kinds: list[tuple[int, list[Coroutine[Any, Any, object]]]] = [
        (METRIC, [log(OWNER, run_id, point) for run_id in run_ids]),
        (7, [log(OWNER, run_id, everything) for run_id in run_ids]),
        (CREATE, [runs.create(OWNER, NewRun(experiment)) for _ in run_ids]),
        (UPDATE, [runs.update(OWNER, run_id, RunChange(RunStatus.FINISHED, 5)) for run_id in run_ids]),
    ]
    for budget, calls in kinds:
        with counted(database) as statements:
            outcomes = await together(database, *calls)
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        assert len(statements) == budget, "\n".join(statements)


async def test_what_comes_together_needs_no_statement_more_than_its_kinds(
    database: Database, runs: Runs, experiment: str
) -> None:
    run_ids = [await new_run(database, experiment) for _ in range(12)]
    calls: list[Coroutine[Any, Any, object]] = [RunLog(database).log(OWNER, run_id, point) for run_id in run_ids]
    calls += [runs.create(OWNER, NewRun(experiment)) for _ in range(5)]
    calls += [runs.update(OWNER, run_id, RunChange(RunStatus.FINISHED)) for run_id in run_ids[:5]]
    with counted(database) as statements:
        await together(database, *calls)
    assert len(statements) == METRIC + CREATE + UPDATE, "\n".join(statements)
