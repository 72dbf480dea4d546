"""What becomes of the files of runs of pipelines once these have been deleted. Both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text

from modelyard.domain.pipeline_runs import Artifact, NewPipelineRun, PipelineRun, RunState, TaskState, Values
from modelyard.services import purge
from modelyard.services.endpoints import Endpoints
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork
from modelyard.storage import pipeline_runs as storage_runs
from modelyard.storage import pipeline_tasks
from modelyard.storage.database import Database, Transaction
from modelyard.storage.pins import Pins
from modelyard.storage.pipeline_leftovers import Leftovers
from tests.support.conditions import INTERVAL, SECONDS
from tests.support.pipelines import document, task
from tests.support.streams import pieces
from tests.support.tracking import ME
from tests.support.trash import Bench, bench

PRINT = "equal for all"


@dataclass
class Yard:
    trash: Bench
    runs: PipelineRuns
    work: PipelineWork
    root: Path

    async def run(self, *contents: str, experiment: str = "") -> tuple[PipelineRun, Values]:
        """One that has ended, with a file for each content, and a log."""
        run = await self.runs.create(ME, NewPipelineRun("r", document=document(), experiment_id=experiment))
        made = []
        for at, content in enumerate(contents):
            source = self.root / "made"
            source.write_text(content)
            uri = await self.work.put_artifact(run, f"make/{at}", source)
            made.append(Artifact(f"a{at}", "data", "system.Dataset", "0.0.1", uri))
        step = task(run, "make", TaskState.SUCCEEDED, Values({}, {"data": made}), fingerprint=PRINT, ended_at=1)
        (self.root / "log").write_text(f"log of {run.id}")
        await self.work.put_log(run, step, self.root / "log")
        await self.work.record(run, await self.work.claim(run.id), [step], RunState.SUCCEEDED)
        return run, step.outputs

    async def taken_by_another(self, origin: PipelineRun) -> PipelineRun:
        """A run that took from the cache what `origin` made, as the controller does."""
        run = await self.runs.create(ME, NewPipelineRun("r", document=document()))
        found = await self.work.cached(run, PRINT)
        assert found is not None
        assert found.run_id == origin.id
        assert await self.work.take(run, task(run, "make"), found)
        hit = task(run, "make", TaskState.CACHED, found.outputs, fingerprint=PRINT, cached_from=found.id)
        await self.work.record(run, await self.work.claim(run.id), [hit], RunState.SUCCEEDED)
        return run

    async def there(self, made: Values) -> list[bool]:
        """Whether each of the artifacts is kept."""
        paths = [one.uri.removeprefix("mlflow-artifacts:/") for one in made.artifacts["data"]]
        return [bool(await self.trash.artifacts.walk(ME, path)) for path in paths]

    async def files(self) -> int:
        return len(await self.trash.artifacts.walk(ME, "pipelines"))


@pytest.fixture
async def yard(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """With transactions so small that everything takes several."""
    for name in ("BATCH", "ROWS", "BLOBS"):
        monkeypatch.setattr(purge, name, 2)
    for name in ("BATCH", "ROWS"):
        monkeypatch.setattr(f"modelyard.services.deletion.{name}", 2)
    monkeypatch.setattr("modelyard.services.sweeping.GRACE", -1.0)
    trash, changed = bench(database, tmp_path / "artifacts"), asyncio.Event()
    await trash.experiments.ensure_default()
    return Yard(trash, PipelineRuns(database, changed), PipelineWork(database, trash.artifacts, changed), tmp_path)


async def test_they_go_and_what_other_runs_have_too_stays(yard: Yard) -> None:
    kept, _ = await yard.run("shared", "kept")
    gone = [(await yard.run("shared", f"one of {number}", "more"))[0] for number in range(5)]
    assert (await yard.trash.empty()).files == 0
    for run in gone:
        await yard.runs.delete(ME, run.id)
    done = await yard.trash.empty()
    assert (done.files, done.blobs) == (5 * 4, 5 * 2 + 1)
    left = await yard.trash.artifacts.walk(ME, "pipelines")
    assert {file.path.split("/")[1] for file in left} == {kept.id}
    assert len(yard.trash.contents()) == len(left) == 3


async def test_what_was_taken_from_the_cache_stays_until_the_last_who_took_it_is_gone(yard: Yard) -> None:
    origin, made = await yard.run("model", "data")
    hit = await yard.taken_by_another(origin)
    await yard.runs.delete(ME, origin.id)
    assert (await yard.trash.empty()).files == 1  # the log
    assert await yard.there(made) == [True, True]
    assert await yard.work.cached(hit, PRINT) is None
    await yard.runs.delete(ME, hit.id)
    assert (await yard.trash.empty()).files == 2
    assert yard.trash.contents() == []


async def test_what_an_endpoint_serves_stays(yard: Yard, endpoints: Endpoints) -> None:
    run, made = await yard.run("weights", "data")
    await endpoints.deploy(ME, "taxi", made.artifacts["data"][0].uri)
    await yard.runs.delete(ME, run.id)
    assert (await yard.trash.empty()).files == 2
    assert await yard.there(made) == [True, False]


async def test_those_of_runs_in_an_experiment_that_goes_go_with_it(yard: Yard) -> None:
    experiment = await yard.trash.experiment("tried")
    await yard.run("data", "more", experiment=experiment)
    await yard.trash.experiments.delete(ME, experiment)
    assert (await yard.trash.empty()).files == 3
    assert yard.trash.contents() == []


async def test_what_others_have_put_beside_them_stays(yard: Yard) -> None:
    await yard.trash.artifacts.put(ME, "pipelines/mine/notes.txt", pieces(b"mine"))
    assert (await yard.trash.empty()).files == 0
    assert await yard.files() == 1


async def test_those_of_a_run_that_is_deleted_while_it_is_under_way_stay_until_it_has_ended(yard: Yard) -> None:
    run = await yard.runs.create(ME, NewPipelineRun("r", document=document()))
    (yard.root / "made").write_text("data")
    await yard.work.put_artifact(run, "make/0", yard.root / "made")
    await yard.runs.delete(ME, run.id)
    assert (await yard.trash.empty()).files == 0
    await yard.work.record(run, await yard.work.claim(run.id), [], RunState.CANCELED)
    assert (await yard.trash.empty()).files == 1


async def test_what_was_taken_from_the_cache_stays_in_whatever_order_its_run_is_deleted_and_collected(
    yard: Yard,
) -> None:
    """Whoever looks into the cache finds first and takes then; a run is deleted, found to be gone, and collected."""
    for order in sorted(set(permutations(("cache", "cache", "trash", "trash", "trash")))):
        origin, made = await yard.run("model", "data")
        run = await yard.runs.create(ME, NewPipelineRun("r", document=document()))
        steps = {"cache": hit(yard, run), "trash": removal(yard, origin)}
        for who in order:
            await anext(steps[who])
        taken = order[:2] == ("cache", "cache")
        assert await anext(steps["cache"]) == taken, order
        assert await yard.there(made) == [taken, taken], order
    await yard.trash.empty()
    assert await yard.files() == 2


async def hit(yard: Yard, run: PipelineRun) -> AsyncIterator[bool]:
    found = await yard.work.cached(run, PRINT)
    yield False
    taken = found is not None and await yard.work.take(run, task(run, "make"), found)
    while True:
        yield taken


async def removal(yard: Yard, origin: PipelineRun) -> AsyncIterator[None]:
    """As `Purge` does it."""
    database, pins = yard.trash.database, Pins(ME.workspace_id)
    leftovers = Leftovers(ME.workspace_id, pins)
    await yard.runs.delete(ME, origin.id)
    yield
    folders, _ = await database.read(lambda transaction: leftovers.folders(transaction, "", 100))
    yield

    def erase(transaction: Transaction) -> None:
        for folder in folders:
            leftovers.erase(transaction, leftovers.files(transaction, folder, "", 100)[0])

    await database.write(erase)
    yield


async def test_what_somebody_has_removed_is_not_taken_from_the_cache(yard: Yard) -> None:
    _, made = await yard.run("model", "data")
    run = await yard.runs.create(ME, NewPipelineRun("r", document=document()))
    found = await yard.work.cached(run, PRINT)
    assert found is not None
    await yard.trash.artifacts.delete(ME, made.artifacts["data"][1].uri.removeprefix("mlflow-artifacts:/"))
    assert not await yard.work.take(run, task(run, "make"), found)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_deletes_a_run_waits_for_another_server_that_takes_from_it(yard: Yard) -> None:
    """SQLite has one writer."""
    database = yard.trash.database
    origin, made = await yard.run("model", "data")
    run = await yard.runs.create(ME, NewPipelineRun("r", document=document()))
    with database._writer.connect() as other:
        row = storage_runs.locked(other, run.id)
        assert row is not None
        assert storage_runs.held(other, origin.id)
        deleting = asyncio.create_task(yard.runs.delete(ME, origin.id))
        async with asyncio.timeout(SECONDS):
            while not await waits_for_a_lock(database):  # noqa: ASYNC110
                await asyncio.sleep(INTERVAL)
        pipeline_tasks.link(other, ME.workspace_id, row.pk, task(run, "make", TaskState.CACHED, made))
        other.commit()
    await deleting
    assert (await yard.trash.empty()).files == 1  # the log
    assert await yard.there(made) == [True, True]


async def waits_for_a_lock(database: Database) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(await database.read(lambda transaction: transaction.execute(waiting).scalar_one()))
