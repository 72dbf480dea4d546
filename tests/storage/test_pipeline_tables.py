"""What reading pipelines and recording what becomes of them costs, in statements."""

import asyncio
from pathlib import Path

import pytest

from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipeline_runs import (
    Artifact,
    NewPipelineRun,
    PipelineRun,
    RunState,
    TaskState,
    Values,
)
from modelyard.domain.query import Comparison, Field, Operator
from modelyard.services.experiments import Experiments
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.storage.database import Database
from tests.support.pipelines import document, task
from tests.support.statements import counted
from tests.support.tracking import ME
from tests.support.yard import blobs_in

LIST = 3  # the page, how many there are, the documents they share
DETAIL = 2  # the run with its document, its tasks
RECORD = 3  # the run's row and its fence, states before, tasks
ARTIFACTS = 1
MOVE = 2  # the run, the event


@pytest.fixture
async def runs(database: Database) -> PipelineRuns:
    await Experiments(database).ensure_default()
    return PipelineRuns(database, asyncio.Event())


@pytest.fixture
def work(database: Database, tmp_path: Path) -> PipelineWork:
    return PipelineWork(database, blobs_in(database, tmp_path), asyncio.Event())


async def new_run(runs: PipelineRuns, name: str = "r") -> PipelineRun:
    return await runs.create(ME, NewPipelineRun(name, document=document()))


@pytest.mark.parametrize("many", [3, 40])
async def test_a_list_takes_the_same_statements_however_long_it_is(
    database: Database, runs: PipelineRuns, many: int
) -> None:
    for number in range(many):
        await new_run(runs, f"r{number}")
    named = (Comparison(Field.ATTRIBUTE, "name", Operator.ILIKE, "r%"),)
    with counted(database) as statements:
        found = await runs.list(ME, Listing(PageRequest(100), named))
    assert (len(found.items), found.total) == (many, many)
    assert len(statements) == LIST, "\n".join(statements)


async def test_a_run_of_a_thousand_tasks_is_read_in_two_statements(
    database: Database, runs: PipelineRuns, work: PipelineWork
) -> None:
    run = await new_run(runs)
    fence = await work.claim(run.id)
    await work.record(run, fence, [task(run, f"t{number:04}") for number in range(1000)], RunState.RUNNING)
    with counted(database) as statements:
        detail = await runs.detail(ME, run.id)
    assert [one.id for one in detail.tasks] == [f"t{number:04}" for number in range(1000)]
    assert detail.run.document == run.document
    assert len(statements) == DETAIL, "\n".join(statements)


@pytest.mark.parametrize("many", [1, 300])
async def test_recording_takes_few_statements_however_many_tasks_move(
    database: Database, runs: PipelineRuns, work: PipelineWork, many: int
) -> None:
    run = await new_run(runs)
    fence = await work.claim(run.id)
    started = [task(run, f"t{number}") for number in range(many)]
    with counted(database) as statements:
        await work.record(run, fence, started)
    assert len(statements) == RECORD, "\n".join(statements)
    made = Values({}, {"model": (Artifact("a", "model", "system.Model", "0.0.1", "mlflow-artifacts:/pipelines/x"),)})
    ended = [task(run, f"t{number}", TaskState.SUCCEEDED, made) for number in range(many)]
    with counted(database) as statements:
        await work.record(run, fence, ended, RunState.RUNNING)
    assert len(statements) == RECORD + ARTIFACTS + MOVE, "\n".join(statements)


async def test_runs_of_one_pipeline_share_its_document(database: Database, runs: PipelineRuns) -> None:
    made = [await new_run(runs) for _ in range(5)]
    other = await runs.create(ME, NewPipelineRun("o", document=document("other")))
    assert await bodies(database) == 2
    await runs.delete(ME, other.id)  # under way: it goes once it has ended
    assert await bodies(database) == 2
    assert (await runs.get(ME, made[0].id)).document == made[0].document


async def bodies(database: Database) -> int:
    def work(connection: object) -> int:
        from sqlalchemy import func, select  # noqa: PLC0415

        from modelyard.storage.tables.pipelines import pipeline_documents  # noqa: PLC0415

        return int(connection.execute(select(func.count()).select_from(pipeline_documents)).scalar_one())  # type: ignore[attr-defined]

    return await database.read(work)
