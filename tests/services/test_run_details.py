"""What reading runs asks of the database: so many statements, however many runs are on a page."""

from collections.abc import Mapping, Sequence

import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.principals import Principal
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order, View
from modelyard.domain.runs import Dataset, DatasetInput, Fields, Logged, Metric, ModelLink
from modelyard.services.run_details import RunDetails
from modelyard.services.run_log import RunLog
from modelyard.services.run_trees import RunTrees
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from modelyard.storage.run_search import RunQuery
from tests.support.statements import counted
from tests.support.tracking import ME, new_experiment, new_run, settled

METRIC = (Comparison(Field.METRIC, "m0", Operator.GT, 0.1),)
OTHERS = (
    Comparison(Field.PARAM, "p0", Operator.EQ, "x"),
    Comparison(Field.TAG, "mlflow.runName", Operator.LIKE, "%"),
    Comparison(Field.ATTRIBUTE, "status", Operator.EQ, "RUNNING"),
)
BY_METRIC, BY_PARAM = (Order(Field.METRIC, "m1"),), (Order(Field.PARAM, "p1"),)
PAGE, DOCUMENTS, NUMBERS, LINKS, REBUILDING = 1, 1, 1, 2, 3
SEARCHES: Mapping[str, tuple[Filter, Sequence[Order], int]] = {
    "newest": ((), (), PAGE + DOCUMENTS),
    "conditions": (OTHERS, (), PAGE + DOCUMENTS),
    "order by param": ((), BY_PARAM, PAGE + DOCUMENTS),
    "condition on a metric": ((*METRIC, *OTHERS), (), NUMBERS + PAGE + DOCUMENTS),
    "condition and order": (METRIC, BY_METRIC, NUMBERS + PAGE + DOCUMENTS),
    "order by metric": ((), BY_METRIC, PAGE + DOCUMENTS),
}


async def full_experiment(database: Database, number: int) -> str:
    experiment = await new_experiment(database)
    for _ in range(number):
        run = await new_run(database, experiment)
        logged = Logged([Metric(f"m{at}", 0.5, 1, 1) for at in range(5)], [(f"p{at}", "x") for at in range(5)])
        await RunLog(database).log(ME, run, logged)
    return experiment


def query(experiment: str, filter_: Filter = (), order: Sequence[Order] = ()) -> RunQuery:
    return RunQuery(1, (int(experiment),), View.ACTIVE, filter_, order)


async def read(database: Database, asked: RunQuery, limit: int, fields: Fields | None = None) -> tuple[int, int]:
    """How many runs came, and by how many statements."""
    with counted(database) as seen:
        details, _ = await RunDetails(database).search(asked, None, limit, fields)
        await settled(database)
    return len(details), len(seen)


async def test_a_page_takes_the_same_statements_however_many_runs_are_on_it(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    await read(database, query(experiment), 100)
    found = {
        name: [await read(database, query(experiment, filter_, order), limit) for limit in (1, 11)]
        for name, (filter_, order, _) in SEARCHES.items()
    }
    assert found == {name: [(1, number), (11, number)] for name, (*_, number) in SEARCHES.items()}


async def test_the_last_page_of_an_order_by_metric_is_looked_for_in_three_parts(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    await read(database, query(experiment), 100)
    assert await read(database, query(experiment, (), BY_METRIC), 12) == (12, 3 * PAGE + DOCUMENTS)


async def test_datasets_and_models_are_read_only_where_there_are_any(database: Database) -> None:
    experiment = await full_experiment(database, 3)
    await read(database, query(experiment), 100)
    details, _ = await RunDetails(database).search(query(experiment), None, 1)
    first = details[0].run.id
    await Runs(database).log_inputs(ME, first, [DatasetInput(Dataset("rides", "d", "local", "/"))])
    assert await read(database, query(experiment), 100) == (3, PAGE + DOCUMENTS + LINKS)
    await Runs(database).log_outputs(ME, details[0].run.id, [ModelLink("m-1", 3)])
    details, _ = await RunDetails(database).search(query(experiment), None, 100)
    assert [(len(one.inputs), len(one.model_outputs)) for one in details] == [(1, 1), (0, 0), (0, 0)]


async def test_documents_that_must_be_made_take_three_statements_more_and_one_to_keep_them(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    assert await read(database, query(experiment), 100) == (12, PAGE + DOCUMENTS + REBUILDING + 1)


async def test_chosen_fields_take_one_statement_each(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    chosen = Fields(frozenset({"m1"}), frozenset({"p1"}), frozenset())
    for limit in (1, 12):
        assert await read(database, query(experiment), limit, chosen) == (limit, PAGE + 2)


async def test_one_run_takes_as_many_statements_as_a_page(database: Database) -> None:
    experiment = await full_experiment(database, 1)
    (detail,), _ = await RunDetails(database).search(query(experiment), None, 1)
    await settled(database)
    with counted(database) as seen:
        assert await RunDetails(database).of(ME, detail.run.id) == detail
    assert len(seen) == PAGE + DOCUMENTS


async def test_a_tree_takes_three_statements_and_one_to_filter_it(database: Database) -> None:
    experiment = await full_experiment(database, 12)
    details, _ = await RunDetails(database).search(query(experiment), None, 100)
    await settled(database)
    numbers = []
    for filter_ in ((), OTHERS):
        with counted(database) as seen:
            await RunTrees(database).below(ME, details[0].run.id, filter_=filter_)
        numbers.append(len(seen))
    assert numbers == [3, 4]


async def test_an_empty_page_takes_one_statement(database: Database) -> None:
    assert await read(database, query("99"), 10) == (0, PAGE)


async def test_another_workspace_has_no_such_run(database: Database) -> None:
    run = await new_run(database, await new_experiment(database))
    with pytest.raises(NotFound):
        await RunDetails(database).of(Principal("local", workspace_id=2), run)
