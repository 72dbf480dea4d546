"""Pipelines that are exported and imported elsewhere, from either database to either."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from modelyard.domain.imports import ImportOptions, ImportReport, Unreadable
from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.pipeline_runs import Artifact, NewPipelineRun, RunState, TaskState, Values
from modelyard.domain.pipelines import NewPipeline, NewVersion
from modelyard.domain.runs import RunStatus
from modelyard.domain.schedules import NewSchedule, Plan
from modelyard.domain.triggers import NewTrigger, Rule, TriggerKind
from modelyard.services import triggers
from modelyard.services.artifacts import Artifacts
from modelyard.services.experiments import Experiments
from modelyard.services.exports import Exports
from modelyard.services.imports import Imports
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.services.pipelines import Pipelines
from modelyard.services.runs import Runs
from modelyard.services.schedules import Schedules
from modelyard.services.triggers import Triggers
from modelyard.storage import events
from modelyard.storage.blobs import open_blobs
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from modelyard.storage.portable.reading import ExportDirectory
from tests.support.pipelines import document, task
from tests.support.silence import Silent
from tests.support.tracking import ME, new_experiment

ALL = Listing(PageRequest(100))
PRINT = "same"


class Yard:
    """The services of one data directory."""

    def __init__(self, database: Database, root: Path) -> None:
        self.database, self.blobs, changed = database, open_blobs(root), asyncio.Event()
        self.pipelines = Pipelines(database)
        self.runs = PipelineRuns(database, changed)
        self.work = PipelineWork(database, Artifacts(database, self.blobs), changed)
        self.schedules, self.triggers = Schedules(database, changed), Triggers(database, changed)

    async def bring(self, source: Path, *, dry_run: bool = False) -> ImportReport:
        await Experiments(self.database).ensure_default()
        options = ImportOptions(dry_run=dry_run)
        return await Imports(self.database, self.blobs).bring(ME, ExportDirectory(source), options, Silent())

    async def all(self) -> dict[str, Any]:
        """Everything of pipelines, as it is told."""
        pipelines = (await self.pipelines.list(ME, ALL)).items
        runs = (await self.runs.list(ME, ALL)).items
        return {
            "pipelines": pipelines,
            "versions": [(await self.pipelines.versions(ME, one.id, ALL)).items for one in pipelines],
            "runs": [await self.runs.detail(ME, one.id) for one in runs],
            "schedules": (await self.schedules.list(ME, ALL)).items,
            "triggers": (await self.triggers.list(ME, ALL)).items,
        }


@pytest.fixture(params=["forth", "back"])
def ends(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[tuple[Yard, Yard]]:
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    here, there = Yard(database, tmp_path / "one"), Yard(other, tmp_path / "two")
    yield (here, there) if request.param == "forth" else (there, here)
    other.close()


async def filled(yard: Yard, root: Path) -> str:
    """With one of everything; the id of a run that is under way."""
    await Experiments(yard.database).ensure_default()
    experiment = await new_experiment(yard.database)
    pipeline, _ = await yard.pipelines.create(ME, NewPipeline("p", "P", "of all", {"team": "a"}))
    for name in ("one", "two"):
        await yard.pipelines.add_version(ME, pipeline.id, NewVersion(document(name), name))
    plan = Plan(every=3600, parameters={"x": [1, None]})
    takes = document("with", {"x": {"parameterType": "LIST"}})
    await yard.schedules.create(ME, NewSchedule("s", plan, experiment, document=takes))
    await yard.schedules.create(ME, NewSchedule("newest", Plan(every=60), pipeline_id=pipeline.id))
    await yard.triggers.create(ME, NewTrigger("t", Rule(TriggerKind.WEBHOOK), pipeline.id))
    done = await yard.runs.create(ME, NewPipelineRun("done", experiment, pipeline_id=pipeline.id))
    (root / "made").write_text("data")
    uri = await yard.work.put_artifact(done, "make/0", root / "made")
    made = Values({"n": 1}, {"data": [Artifact("a", "data", "system.Dataset", "0.0.1", uri, {"rows": 3})]})
    fence = await yard.work.claim(done.id)
    await yard.work.record(done, fence, [task(done, "make")], RunState.RUNNING)
    ended = task(done, "make", TaskState.SUCCEEDED, made, fingerprint=PRINT, ended_at=2)
    await yard.work.record(done, fence, [ended], RunState.SUCCEEDED)
    open_ = await yard.runs.create(ME, NewPipelineRun("open", document=document()))
    await yard.work.record(open_, await yard.work.claim(open_.id), [task(open_, "make")], RunState.RUNNING)
    await yard.work.tracking_run(open_)
    going = await yard.runs.create(ME, NewPipelineRun("to be deleted", document=document()))
    await yard.runs.delete(ME, going.id)
    return open_.id


async def exported(yard: Yard, target: Path) -> Path:
    await Exports(yard.database, yard.blobs).write(ME, target, "0", Silent())
    return target


async def test_they_arrive_as_they_were(ends: tuple[Yard, Yard], tmp_path: Path) -> None:
    here, there = ends
    open_id = await filled(here, tmp_path)
    source = await exported(here, tmp_path / "carried")
    rehearsed = await there.bring(source, dry_run=True)
    assert (await there.all())["pipelines"] == []
    report = await there.bring(source)
    assert (report.added.pipelines, report.added.pipeline_runs) == (1, 2)
    assert (rehearsed.added.pipelines, rehearsed.added.pipeline_runs) == (1, 2)
    assert "3 schedules and triggers came disabled" in report.notes[-1]
    before, after = await here.all(), await there.all()
    before["schedules"] = [replace(one, enabled=False, next_at=None) for one in before["schedules"]]
    before["triggers"] = [replace(one, enabled=False, seen=0) for one in before["triggers"]]
    after["triggers"] = [replace(one, seen=0) for one in after["triggers"]]
    before["runs"], after["runs"] = (
        [one for one in found["runs"] if one.run.id != open_id] for found in (before, after)
    )
    assert after == before
    again = await there.bring(source)
    assert (again.added.pipelines, again.added.pipeline_runs) == (0, 0)


async def test_each_is_an_event_and_nobody_knows_the_secret_of_a_webhook(
    ends: tuple[Yard, Yard], tmp_path: Path
) -> None:
    here, there = ends
    await filled(here, tmp_path)
    await there.bring(await exported(here, tmp_path / "carried"))
    journal = await there.database.read(lambda one: events.newest(one, ME.workspace_id, None, None, None, 100))
    arrived = Counter(one.action.removesuffix(".imported") for one in journal if one.action.endswith(".imported"))
    wanted = {"pipeline": 1, "pipeline_version": 2, "pipeline_run": 2, "schedule": 2, "trigger": 1}
    assert arrived.items() >= wanted.items()
    (trigger,) = (await there.triggers.list(ME, ALL)).items
    secrets = [
        (await yard.database.read(lambda one: triggers.existing(one, ME, trigger.id))).secret for yard in (here, there)
    ]
    assert len(set(secrets)) == 2
    assert min(map(len, secrets)) > 16


async def test_what_they_made_is_there_to_be_taken_from_the_cache(ends: tuple[Yard, Yard], tmp_path: Path) -> None:
    here, there = ends
    await filled(here, tmp_path)
    await there.bring(await exported(here, tmp_path / "carried"))
    (pipeline,) = (await there.pipelines.list(ME, ALL)).items
    run = await there.runs.create(ME, NewPipelineRun("again", pipeline_id=pipeline.id))
    found = await there.work.cached(run, PRINT)
    assert found is not None
    assert found.outputs.artifacts["data"]
    assert await there.work.take(run, task(run, "make"), found)


async def test_what_was_under_way_can_be_retried(ends: tuple[Yard, Yard], tmp_path: Path) -> None:
    here, there = ends
    open_id = await filled(here, tmp_path)
    await there.bring(await exported(here, tmp_path / "carried"))
    detail = await there.runs.detail(ME, open_id)
    assert detail.run.state is RunState.CANCELED
    assert detail.run.error is not None
    assert "retry the run" in detail.run.error.message
    assert [one.state for one in detail.tasks] == [TaskState.CANCELED]
    histories = [detail.run.history, *(one.history for one in detail.tasks)]
    assert [one[-1].state for one in histories] == [RunState.CANCELED] * 2
    tracked = [(await Runs(yard.database).get(ME, detail.run.tracking_run_id)).run for yard in ends]
    assert [one.status for one in tracked] == [RunStatus.RUNNING, RunStatus.KILLED]
    assert (await there.runs.retry(ME, open_id)).state is RunState.PENDING


async def test_a_pipeline_of_the_same_name_is_added_to(ends: tuple[Yard, Yard], tmp_path: Path) -> None:
    here, there = ends
    await filled(here, tmp_path)
    mine, _ = await there.pipelines.create(ME, NewPipeline("p"))
    await there.pipelines.add_version(ME, mine.id, NewVersion(document("one"), "one"))
    report = await there.bring(await exported(here, tmp_path / "carried"))
    assert (report.added.pipelines, report.added.pipeline_runs) == (0, 2)
    assert "Version 'one' of a pipeline stays out: there is another of that name here" in report.notes
    found = await there.all()
    assert {version.name for version in found["versions"][0]} == {"one", "two"}
    assert {one.pipeline_id for one in found["triggers"]} == {mine.id}


@pytest.mark.parametrize(
    ("file", "column", "value", "reason"),
    [
        ("pipeline_runs.parquet", "id", "../../volumes", "'../../volumes' cannot be an id"),
        ("pipeline_tasks.parquet", "id", "a/../../b", "cannot be an id"),
        ("pipeline_artifacts.parquet", "task_id", "", "'' cannot be an id"),
        ("pipeline_runs.parquet", "state", "DONE", "'DONE' is no state"),
        ("pipeline_tasks.parquet", "state", "", "'' is no state"),
        ("pipeline_versions.parquet", "pipeline_id", "none", "is of no pipeline in pipelines.parquet"),
        ("triggers.parquet", "rule", None, "it has no column 'rule'"),
        ("pipeline_tasks.parquet", "", None, "pipeline_tasks.parquet: "),
    ],
)
async def test_a_file_that_was_changed_is_named_and_nothing_of_any_pipeline_arrives(
    database: Database, tmp_path: Path, file: str, column: str, value: str | None, reason: str
) -> None:
    here = Yard(database, tmp_path / "one")
    await filled(here, tmp_path)
    source = await exported(here, tmp_path / "carried")
    change(source / file, column, value)
    with contextlib.closing(open_database(f"sqlite:///{tmp_path / 'other.db'}")) as other:
        there = Yard(other, tmp_path / "two")
        with pytest.raises(Unreadable, match="Pipelines: ") as refused:
            await there.bring(source)
        assert reason in refused.value.message
        assert not any((await there.all()).values())


def change(path: Path, column: str, value: str | None) -> None:
    """Puts the value into all rows of a column; without one, takes it away; without that, cuts the file."""
    if not column:
        path.write_bytes(path.read_bytes()[:-20])
        return
    table = parquet.read_table(path)
    at = table.column_names.index(column)
    table = table.remove_column(at)
    if value is not None:
        table = table.add_column(at, column, [[value] * len(table)])
    parquet.write_table(table, path)


async def test_what_is_new_since_the_last_time_is_added(ends: tuple[Yard, Yard], tmp_path: Path) -> None:
    here, there = ends
    await filled(here, tmp_path)
    await there.bring(await exported(here, tmp_path / "carried"))
    (pipeline,) = (await here.pipelines.list(ME, ALL)).items
    await here.pipelines.add_version(ME, pipeline.id, NewVersion(document("three"), "three"))
    run = await here.runs.create(ME, NewPipelineRun("later", pipeline_id=pipeline.id))
    await here.work.record(run, await here.work.claim(run.id), [task(run, "make", TaskState.FAILED)], RunState.FAILED)
    before = await there.all()
    report = await there.bring(await exported(here, tmp_path / "again"))
    assert (report.added.pipelines, report.added.pipeline_runs) == (0, 1)
    after = await there.all()
    assert [one.name for one in after["versions"][0]] == [*(one.name for one in before["versions"][0]), "three"]
    assert after["runs"] == [*before["runs"], await here.runs.detail(ME, run.id)]
    assert (after["schedules"], after["triggers"]) == (before["schedules"], before["triggers"])
