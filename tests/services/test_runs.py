import pytest

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound, PermissionDenied
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Comparison, Field, Operator, Order, View
from modelyard.domain.runs import Dataset, DatasetInput, Logged, ModelLink, NewRun, RunChange, RunStatus
from modelyard.services.experiments import Experiments
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from tests.support.tracking import ME, STRANGER, journal, metrics, new_experiment, new_run, shown

NAME_TAG = "mlflow.runName"


async def test_a_new_run_has_what_was_said_and_the_rest_filled_in(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    made = await runs.create(ME, NewRun(experiment, "swift", "me", 5, [("a", "1"), ("a", "2")]))
    assert len(made.run.id) == 32
    assert (made.run.name, made.run.user, made.run.started_at) == ("swift", "me", 5)
    assert (made.run.status, made.run.lifecycle, made.run.ended_at) == (RunStatus.RUNNING, Lifecycle.ACTIVE, None)
    assert made.run.artifact_uri == f"mlflow-artifacts:/{experiment}/{made.run.id}/artifacts"
    assert shown(made)["tags"] == {"a": "2", NAME_TAG: "swift"}
    assert await runs.get(ME, made.run.id) == made


async def test_an_experiments_id_is_shown_in_its_one_spelling(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    assert (await runs.create(ME, NewRun(f"00{experiment}"))).run.experiment_id == experiment


async def test_artifacts_lie_below_the_experiments_own_place(runs: Runs, database: Database) -> None:
    experiment = await Experiments(database).create(ME, "own", "s3://bucket/some/")
    run = (await runs.create(ME, NewRun(experiment.id))).run
    assert run.artifact_uri == f"s3://bucket/some/{run.id}/artifacts"


async def test_a_name_comes_from_the_caller_else_the_tag_else_is_made_up(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    tagged = await runs.create(ME, NewRun(experiment, tags=[(NAME_TAG, "by tag")]))
    made_up = await runs.create(ME, NewRun(experiment))
    agreed = await runs.create(ME, NewRun(experiment, "same", tags=[(NAME_TAG, "same")]))
    assert (tagged.run.name, agreed.run.name) == ("by tag", "same")
    assert made_up.run.name
    assert shown(made_up)["tags"] == {NAME_TAG: made_up.run.name}
    with pytest.raises(InvalidInput, match="different values"):
        await runs.create(ME, NewRun(experiment, "one", tags=[(NAME_TAG, "other")]))


async def test_a_deleted_or_unknown_experiment_takes_no_runs(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    await Experiments(database).delete(ME, experiment)
    with pytest.raises(InvalidInput, match="'active' state"):
        await runs.create(ME, NewRun(experiment))
    with pytest.raises(NotFound):
        await runs.create(ME, NewRun("99"))


async def test_an_update_changes_what_it_names_and_nothing_else(runs: Runs, database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database), "first")
    before = (await runs.get(ME, run_id)).run
    assert await runs.update(ME, run_id, RunChange()) == before
    assert await runs.update(ME, run_id, RunChange(name="")) == before
    after = await runs.update(ME, run_id, RunChange(RunStatus.FINISHED, 9, "second"))
    assert (after.status, after.ended_at, after.name) == (RunStatus.FINISHED, 9, "second")
    detail = await runs.get(ME, run_id)
    assert detail.run == after
    assert shown(detail)["tags"] == {NAME_TAG: "second"}


async def test_removing_the_tag_of_the_name_keeps_the_name(runs: Runs, database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database), "kept")
    await runs.delete_tag(ME, run_id, NAME_TAG)
    detail = await runs.get(ME, run_id)
    assert detail.run.name == "kept"
    assert shown(detail)["tags"] == {}
    with pytest.raises(NotFound, match="No tag with name"):
        await runs.delete_tag(ME, run_id, NAME_TAG)


async def test_a_run_in_the_trash_is_read_but_not_written(runs: Runs, database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    for _ in range(2):
        await runs.delete(ME, run_id)
    assert (await runs.get(ME, run_id)).run.lifecycle is Lifecycle.DELETED
    attempts = [
        runs.update(ME, run_id, RunChange(RunStatus.FINISHED)),
        runs.delete_tag(ME, run_id, NAME_TAG),
        runs.log_inputs(ME, run_id, [DatasetInput(Dataset("n", "d", "local", "/x"))]),
        runs.log_outputs(ME, run_id, [ModelLink("m-1")]),
        RunLog(database).log(ME, run_id, metrics(("m", 1.0, 1, 1))),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput, match="'active' state"):
            await attempt
    for _ in range(2):
        await runs.restore(ME, run_id)
    assert (await runs.update(ME, run_id, RunChange(RunStatus.FINISHED))).status is RunStatus.FINISHED


async def test_unknown_runs_are_not_found(runs: Runs) -> None:
    unknown = "f" * 32
    attempts = [
        runs.get(ME, unknown),
        runs.update(ME, unknown, RunChange()),
        runs.delete(ME, unknown),
        runs.restore(ME, unknown),
        runs.delete_tag(ME, unknown, "t"),
        runs.log_inputs(ME, unknown, []),
        runs.log_outputs(ME, unknown, []),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound, match=unknown):
            await attempt


async def test_datasets_and_models_are_linked_once_in_the_order_they_came(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    first, second = await new_run(database, experiment), await new_run(database, experiment)
    rides = DatasetInput(Dataset("rides", "d1", "local", "/rides", schema="{}"), {"mlflow.data.context": "train"})
    zones = DatasetInput(Dataset("zones", "d1", "local", "/zones"), {"k": "v"})
    again = DatasetInput(Dataset("rides", "d1", "http", "/other"), {"mlflow.data.context": "test"})
    await runs.log_inputs(ME, first, [zones, rides, again], [ModelLink("m-2"), ModelLink("m-1")])
    await runs.log_inputs(ME, first, [again], [ModelLink("m-2"), ModelLink("m-3")])
    await runs.log_outputs(ME, first, [ModelLink("m-2", 7)])
    await runs.log_inputs(ME, second, [again])
    detail = await runs.get(ME, first)
    assert detail.inputs == [zones, rides]
    assert [link.model_id for link in detail.model_inputs] == ["m-2", "m-1", "m-3"]
    assert detail.model_outputs == [ModelLink("m-2", 7)]
    assert (await runs.get(ME, second)).inputs == [DatasetInput(rides.dataset, again.tags)]


async def test_a_dataset_over_the_limits_is_refused(runs: Runs, database: Database) -> None:
    run_id = await new_run(database, await new_experiment(database))
    for dataset in (Dataset("", "d", "local", "/"), Dataset("n", "d" * 37, "local", "/")):
        with pytest.raises(InvalidInput):
            await runs.log_inputs(ME, run_id, [DatasetInput(dataset)])
    with pytest.raises(InvalidInput):
        await runs.log_inputs(ME, run_id, [DatasetInput(Dataset("n", "d", "local", "/"), {"k": "v" * 501})])


async def test_a_search_pages_through_its_runs_and_its_tokens_are_its_own(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    wanted = {await new_run(database, experiment, f"r{number}") for number in range(5)}
    found: list[str] = []
    tokens: list[str | None] = [None]
    while True:
        page = await runs.search(ME, [experiment], (), (), View.ACTIVE, PageRequest(2, tokens[-1]))
        found += [detail.run.id for detail in page.items]
        if page.next_token is None:
            break
        tokens.append(page.next_token)
    assert len(tokens) == 3
    assert sorted(found) == sorted(wanted)
    by_name = (Order(Field.ATTRIBUTE, "run_name"),)
    for order, view in ((by_name, View.ACTIVE), ((), View.ALL)):
        with pytest.raises(InvalidInput, match="another filter, order or scope"):
            await runs.search(ME, [experiment], (), order, view, PageRequest(2, tokens[-1]))
    with pytest.raises(InvalidInput, match="page token"):
        await runs.search(ME, [experiment], (), (), View.ACTIVE, PageRequest(2, "nonsense"))


async def test_count_says_how_many_a_search_would_find(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    run_ids = [await new_run(database, experiment, name) for name in ("a", "b", "b")]
    await runs.delete(ME, run_ids[0])
    named_b = (Comparison(Field.ATTRIBUTE, "run_name", Operator.EQ, "b"),)
    assert await runs.count(ME, [experiment], (), View.ALL) == 3
    assert await runs.count(ME, [experiment], (), View.ACTIVE) == 2
    assert await runs.count(ME, [experiment], named_b, View.DELETED) == 0
    assert await runs.count(ME, ["99"], (), View.ALL) == 0


async def test_no_experiments_have_no_runs(runs: Runs) -> None:
    assert not (await runs.search(ME, [], (), (), View.ALL, PageRequest(10))).items


@pytest.mark.parametrize("limit", [0, 50_001])
async def test_a_page_is_neither_empty_nor_endless(runs: Runs, limit: int) -> None:
    with pytest.raises(InvalidInput, match="max_results"):
        await runs.search(ME, ["1"], (), (), View.ALL, PageRequest(limit))


async def test_every_change_is_one_event_and_a_refused_one_is_none(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    run = await new_run(database, experiment)
    await runs.update(ME, run, RunChange(RunStatus.FINISHED, 9, "other"))
    await runs.update(ME, run, RunChange(RunStatus.FINISHED, 9, "other"))
    await runs.update(ME, run, RunChange(name="third"))
    await RunLog(database).log(ME, run, Logged(params=[("p", "1")], tags=[("t", "1")]))
    await RunLog(database).log(ME, run, metrics(("m", 1.0, 1, 1)))
    await runs.delete_tag(ME, run, "t")
    await runs.log_inputs(ME, run, [DatasetInput(Dataset("n", "d", "local", "/"))])
    await runs.log_outputs(ME, run, [ModelLink("m-1")])
    refused = [
        runs.delete_tag(ME, run, "t"),
        RunLog(database).log(ME, run, Logged(params=[("p", "2")])),
        runs.create(ME, NewRun("99")),
        runs.update(STRANGER, run, RunChange(RunStatus.FAILED)),
    ]
    for attempt in refused:
        with pytest.raises(ModelyardError):
            await attempt
    for move in (runs.delete, runs.delete, runs.restore, runs.restore):
        await move(ME, run)
    verbs = ("created", "updated", "updated", "logged", "untagged", "read", "wrote", "deleted", "restored")
    written = await journal(database)
    assert written[1:] == [(f"run.{verb}", run, "local") for verb in verbs]


async def test_a_stranger_may_do_nothing(runs: Runs, database: Database) -> None:
    experiment = await new_experiment(database)
    run = await new_run(database, experiment)
    attempts = [
        runs.create(STRANGER, NewRun(experiment)),
        runs.get(STRANGER, run),
        runs.update(STRANGER, run, RunChange()),
        runs.delete(STRANGER, run),
        runs.restore(STRANGER, run),
        runs.delete_tag(STRANGER, run, "t"),
        runs.log_inputs(STRANGER, run, []),
        runs.log_outputs(STRANGER, run, []),
        runs.search(STRANGER, [experiment], (), (), View.ALL, PageRequest(1)),
        runs.count(STRANGER, [experiment], (), View.ALL),
        RunLog(database).log(STRANGER, run, Logged()),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied, match="stranger may not"):
            await attempt
