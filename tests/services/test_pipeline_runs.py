import asyncio

import pytest

from modelyard.domain.errors import InvalidInput, InvalidState, NotFound
from modelyard.domain.experiments import ARCHIVED_TAG
from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipeline_runs import NewPipelineRun, PipelineRun, RunState, TaskState
from modelyard.domain.pipelines import NewPipeline, NewVersion
from modelyard.services.experiments import Experiments
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.services.pipelines import Pipelines
from modelyard.storage.database import Database
from tests.support.pipelines import document, task
from tests.support.tracking import ME, journal

TAKES: dict[str, dict[str, object]] = {
    "rate": {"parameterType": "NUMBER_DOUBLE"},
    "name": {"parameterType": "STRING", "isOptional": True},
}


@pytest.fixture
async def runs(database: Database, experiments: Experiments) -> PipelineRuns:
    await experiments.ensure_default()
    return PipelineRuns(database, asyncio.Event())


@pytest.fixture
def work(runs: PipelineRuns, database: Database) -> PipelineWork:
    return PipelineWork(database, None, runs._changed)  # type: ignore[arg-type]  # nothing here has artifacts


async def new_run(runs: PipelineRuns, **rest: object) -> PipelineRun:
    return await runs.create(ME, NewPipelineRun("r", document=document(), **rest))  # type: ignore[arg-type]


async def moved(runs: PipelineRuns, work: PipelineWork, run: PipelineRun, *states: RunState) -> PipelineRun:
    fence = await work.claim(run.id)
    for state in states:
        await work.record(run, fence, [], state)
    return await runs.get(ME, run.id)


async def test_a_run_waits_for_the_controller_and_wakes_it(runs: PipelineRuns, work: PipelineWork) -> None:
    asked = NewPipelineRun("r", document=document(parameters=TAKES), parameters={"rate": "1", "name": "[[RunUUID]]"})
    run = await runs.create(ME, asked)
    assert work.changed.is_set()
    assert (run.state, run.experiment_id, run.parameters) == (RunState.PENDING, "0", {"rate": 1.0, "name": run.id})
    assert await work.open_runs() == [run] == [await runs.get(ME, run.id)]


async def test_bad_parameters_start_nothing(runs: PipelineRuns) -> None:
    for given in ({}, {"rate": "high"}, {"rate": 1, "more": 2}):
        with pytest.raises(InvalidInput):
            await runs.create(ME, NewPipelineRun("r", document=document(parameters=TAKES), parameters=given))
    with pytest.raises(InvalidInput, match="Nothing to run"):
        await runs.create(ME, NewPipelineRun("r"))
    assert (await runs.list(ME, Listing(PageRequest(10)))).total == 0


async def test_a_pipeline_runs_in_its_newest_version_unless_one_is_named(
    runs: PipelineRuns, database: Database
) -> None:
    pipelines = Pipelines(database)
    made, first = await pipelines.create(ME, NewPipeline("p"), NewVersion(document()))
    second = await pipelines.add_version(ME, made.id, NewVersion(document(tasks=("a", "b")), name="v2"))
    assert first is not None
    newest = await runs.create(ME, NewPipelineRun("r", pipeline_id=made.id))
    named = await runs.create(ME, NewPipelineRun("r", pipeline_id=made.id, version_id=first.id))
    assert (newest.version_id, named.version_id) == (second.id, first.id)
    await pipelines.delete(ME, made.id, with_versions=True)
    assert (await runs.get(ME, named.id)).document == first.document
    with pytest.raises(NotFound):
        await runs.create(ME, NewPipelineRun("r", pipeline_id=made.id))


async def test_terminating_asks_once_and_leaves_what_has_ended_alone(
    runs: PipelineRuns, work: PipelineWork, database: Database
) -> None:
    run = await new_run(runs)
    for _ in range(2):
        await runs.terminate(ME, run.id)
    assert (await runs.get(ME, run.id)).state is RunState.CANCELING
    ended = await moved(runs, work, run, RunState.RUNNING, RunState.CANCELED)
    assert [moment.state for moment in ended.history] == ["PENDING", "CANCELING", "CANCELED"]
    await runs.terminate(ME, run.id)
    assert await runs.get(ME, run.id) == ended
    actions = [action for action, *_ in await journal(database)]
    assert actions[-3:] == ["pipeline_run.created", "pipeline_run.canceled", "pipeline_run.moved"]


async def test_a_retry_does_again_what_produced_nothing(runs: PipelineRuns, work: PipelineWork) -> None:
    run = await new_run(runs)
    fence = await work.claim(run.id)
    done, failed = task(run, "done", TaskState.SUCCEEDED), task(run, "failed", TaskState.FAILED, attempt=1, ended_at=5)
    await work.record(run, fence, [done, failed], RunState.FAILED)
    assert await work.open_runs() == []
    work.changed.clear()
    again = await runs.retry(ME, run.id)
    assert (again.state, again.ended_at, again.error) == (RunState.PENDING, None, None)
    assert work.changed.is_set()
    kept, reset = await work.tasks(run.id)
    assert (kept.state, reset.state, reset.attempt, reset.ended_at) == (TaskState.SUCCEEDED, TaskState.PENDING, 1, None)
    assert [moment.state for moment in reset.history] == ["FAILED", "PENDING"]
    with pytest.raises(InvalidState, match="PENDING"):
        await runs.retry(ME, run.id)


async def test_a_run_that_is_deleted_under_way_is_gone_at_once_and_ended_first(
    runs: PipelineRuns, work: PipelineWork
) -> None:
    run = await new_run(runs)
    await runs.delete(ME, run.id)
    with pytest.raises(NotFound):
        await runs.get(ME, run.id)
    (left,) = await work.open_runs()
    assert (left.id, left.state) == (run.id, RunState.CANCELING)
    await work.record(run, await work.claim(run.id), [task(run, "t", TaskState.CANCELED)], RunState.CANCELED)
    assert await work.open_runs() == []
    assert await work.state(run.id) is None
    assert await work.tasks(run.id) == []


async def test_a_run_that_has_ended_is_deleted_at_once(runs: PipelineRuns, work: PipelineWork) -> None:
    run = await moved(runs, work, await new_run(runs), RunState.SUCCEEDED)
    await runs.delete(ME, run.id)
    assert await work.state(run.id) is None


async def test_nothing_starts_in_an_archived_experiment(runs: PipelineRuns, experiments: Experiments) -> None:
    experiment = (await experiments.create(ME, "x")).id
    run = await new_run(runs, experiment_id=experiment)
    await runs.archive(ME, run.id)
    await experiments.set_tag(ME, experiment, ARCHIVED_TAG, "true")
    with pytest.raises(InvalidState, match="archived"):
        await new_run(runs, experiment_id=experiment)
    with pytest.raises(InvalidState, match="archived"):
        await runs.unarchive(ME, run.id)
    await experiments.delete_tag(ME, experiment, ARCHIVED_TAG)
    await runs.unarchive(ME, run.id)
    assert not (await runs.get(ME, run.id)).archived
