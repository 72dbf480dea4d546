import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.principals import Principal
from modelyard.domain.query import Comparison, Field, Operator, Order, View
from modelyard.domain.runs import Dataset, DatasetInput, Logged, Metric
from modelyard.services.run_details import RunDetails
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from modelyard.storage.run_search import RunQuery
from tests.support.statements import counted
from tests.support.tracking import ME, new_experiment, new_run, settled

FILTER = (
    Comparison(Field.METRIC, "m0", Operator.GT, 0.1),
    Comparison(Field.PARAM, "p0", Operator.EQ, "x"),
    Comparison(Field.DATASET, "name", Operator.EQ, "rides"),
)
ORDER = (Order(Field.METRIC, "m1"), Order(Field.PARAM, "p1"))


async def full_experiment(database: Database, number: int) -> str:
    experiment = await new_experiment(database)
    dataset = DatasetInput(Dataset("rides", "d", "local", "/"))
    for _ in range(number):
        run = await new_run(database, experiment)
        logged = Logged([Metric(f"m{at}", 0.5, 1, 1) for at in range(5)], [(f"p{at}", "x") for at in range(5)])
        await RunLog(database).log(ME, run, logged)
        await Runs(database).log_inputs(ME, run, [dataset])
    return experiment


async def test_a_page_takes_the_same_statements_however_many_runs_are_on_it(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    query = RunQuery(1, (int(experiment),), View.ACTIVE, ())
    filtered = RunQuery(1, (int(experiment),), View.ACTIVE, FILTER, ORDER)
    numbers = []
    for asked, limit in ((query, 1), (query, 100), (filtered, 1), (filtered, 100)):
        await RunDetails(database).search(asked, None, limit)
        await settled(database)
        with counted(database) as seen:
            details, _ = await RunDetails(database).search(asked, None, limit)
        assert len(details) == min(limit, 12)
        numbers.append(len(seen))
    assert numbers == [4, 4, 4, 4], "runs, documents, datasets, models"


async def test_documents_that_must_be_made_take_three_statements_more_and_one_to_keep_them(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    query = RunQuery(1, (int(experiment),), View.ACTIVE, ())
    with counted(database) as seen:
        await RunDetails(database).search(query, None, 100)
        await settled(database)
    assert len(seen) == 4 + 3 + 1


async def test_one_run_takes_as_many_statements_as_a_page(database: Database) -> None:
    experiment = await full_experiment(database, 1)
    query = RunQuery(1, (int(experiment),), View.ACTIVE, ())
    (detail,), _ = await RunDetails(database).search(query, None, 1)
    await settled(database)
    with counted(database) as seen:
        assert await RunDetails(database).of(ME, detail.run.id) == detail
    assert len(seen) == 4


async def test_an_empty_page_takes_one_statement(database: Database) -> None:
    with counted(database) as seen:
        assert await RunDetails(database).search(RunQuery(1, (99,), View.ALL, ()), None, 10) == ((), None)
    assert len(seen) == 1


async def test_another_workspace_has_no_such_run(database: Database) -> None:
    run = await new_run(database, await new_experiment(database))
    with pytest.raises(NotFound):
        await RunDetails(database).of(Principal("local", workspace_id=2), run)
