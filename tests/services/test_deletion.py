import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from modelyard.domain.deletion import Kept, Tally
from modelyard.domain.errors import InvalidState, NotFound
from modelyard.domain.models import NewVersion
from modelyard.services import purge
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from tests.support.streams import pieces, whole
from tests.support.tracking import ME, journal
from tests.support.trash import Bench, bench


@pytest.fixture
def trash(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """With transactions so small that everything takes several."""
    for name in ("BATCH", "ROWS", "BLOBS"):
        monkeypatch.setattr(purge, name, 2)
    monkeypatch.setattr("modelyard.services.deletion.BATCH", 2)
    monkeypatch.setattr("modelyard.services.sweeping.GRACE", -1.0)
    return bench(database, tmp_path / "artifacts")


async def test_what_is_in_the_trash_goes_with_all_that_hangs_on_it(trash: Bench) -> None:
    before = await trash.counts()
    experiment = await trash.experiment("tried")
    runs = [await trash.run(experiment, [f"{number}".encode(), b"shared"]) for number in range(5)]
    await trash.model(experiment, b"weights", runs[0])
    await trash.artifacts.put(ME, f"{experiment}/notes.txt", pieces(b"stray"))
    await trash.experiments.delete(ME, experiment)
    done = await trash.empty()
    assert replace(done, bytes=0) == Tally(experiments=1, runs=5, logged_models=1, files=12, blobs=8)
    assert done.bytes == len(b"01234" + b"shared" + b"weights" + b"stray")
    assert await trash.counts() == before
    assert trash.contents() == []


async def test_each_thing_that_goes_leaves_an_event(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    run = await trash.run(experiment)
    model = await trash.model(experiment, b"weights")
    await trash.experiments.delete(ME, experiment)
    await trash.empty()
    erased = {(action, subject) for action, subject, _ in await journal(trash.database) if action.endswith(".erased")}
    assert erased == {
        ("experiment.erased", experiment),
        ("run.erased", run),
        ("logged_model.erased", model.id),
    }


async def test_a_name_is_free_once_its_experiment_is_gone(trash: Bench) -> None:
    first = await trash.experiment("tried")
    await trash.experiments.delete(ME, first)
    await trash.empty()
    assert await trash.experiment("tried") != first
    with pytest.raises(NotFound):
        await trash.experiments.get(ME, first)


async def test_what_is_not_in_the_trash_stays(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    gone, stays = await trash.run(experiment, [b"same", b"mine"]), await trash.run(experiment, [b"same", b"yours"])
    await trash.runs.delete(ME, gone)
    done = await trash.empty()
    assert replace(done, bytes=0) == Tally(runs=1, files=2, blobs=1)
    _, stream = await trash.artifacts.open(ME, f"{experiment}/{stays}/artifacts/f0")
    assert await whole(stream) == b"same"
    assert (await trash.runs.get(ME, stays)).run.id == stays


async def test_only_what_was_named_goes(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    named, other = await trash.run(experiment), await trash.run(experiment)
    for run in (named, other):
        await trash.runs.delete(ME, run)
    assert (await trash.empty(runs=[named])).runs == 1
    assert (await trash.runs.get(ME, other)).run.id == other


async def test_what_is_not_long_enough_in_the_trash_stays(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    await trash.runs.delete(ME, await trash.run(experiment))
    assert (await trash.deletion.plan(ME, await trash.deletion.select(ME, 3600))).runs == 0


async def test_what_is_named_must_be_in_the_trash(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    run = await trash.run(experiment)
    with pytest.raises(InvalidState, match="delete it first"):
        await trash.start(runs=[run])
    with pytest.raises(InvalidState, match="delete it first"):
        await trash.start(experiments=[experiment])
    with pytest.raises(NotFound):
        await trash.start(runs=["0" * 32])
    await trash.runs.delete(ME, run)
    with pytest.raises(InvalidState, match="for so long"):
        await trash.deletion.select(ME, 3600, run_ids=[run])


async def test_what_a_version_points_to_stays_until_the_version_is_gone(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    run, free = await trash.run(experiment, [b"weights"]), await trash.run(experiment, [b"other"])
    by_run = await trash.run(experiment, [b"third"])
    logged = await trash.model(experiment, b"logged", free)
    models, versions = Models(trash.database), ModelVersions(trash.database)
    await models.create(ME, "taxi")
    await versions.create(ME, "taxi", NewVersion(f"mlflow-artifacts:/{experiment}/{run}/artifacts", run))
    await versions.create(ME, "taxi", NewVersion(f"models:/{logged.id}", None, logged.id))
    await versions.create(ME, "taxi", NewVersion(f"runs:/{by_run}/f0", by_run))
    await trash.experiments.delete(ME, experiment)
    done = await trash.empty()
    assert (done.runs, done.experiments, done.logged_models, done.blobs) == (1, 0, 0, 1)
    assert set(done.kept) == {
        Kept("run", run, "version 1 of model taxi points to it"),
        Kept("logged_model", logged.id, "version 2 of model taxi points to it"),
        Kept("run", by_run, "version 3 of model taxi points to it"),
        Kept("experiment", experiment, f"run {run} in it is kept"),
    }
    await models.delete(ME, "taxi")
    again = await trash.empty()
    assert (again.runs, again.experiments, again.logged_models, again.kept) == (2, 1, 1, ())
    assert trash.contents() == []


async def test_a_run_that_came_back_keeps_its_experiment(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    back, gone = await trash.run(experiment), await trash.run(experiment)
    model = await trash.model(experiment, b"weights")
    await trash.experiments.delete(ME, experiment)
    await trash.runs.restore(ME, back)
    done = await trash.empty()
    assert (done.runs, done.logged_models) == (1, 0)
    assert done.kept == (Kept("experiment", experiment, f"run {back} in it is kept"),)
    assert (await trash.models.get(ME, model.id)).id == model.id
    with pytest.raises(NotFound):
        await trash.runs.get(ME, gone)


async def test_what_an_upload_has_left_goes_when_it_is_a_day_old(trash: Bench, tmp_path: Path) -> None:
    for name, age in (("abandoned", 86_401), ("on-its-way", 3600)):
        left = tmp_path / "artifacts" / "uploads" / name
        left.write_bytes(b"half")
        os.utime(left, (time.time() - age, time.time() - age))
    await trash.empty()
    assert [path.name for path in (tmp_path / "artifacts" / "uploads").iterdir()] == ["on-its-way"]


async def test_a_content_that_is_put_again_while_it_would_go_stays(trash: Bench) -> None:
    experiment = await trash.experiment("tried")
    await trash.runs.delete(ME, await trash.run(experiment, [b"weights"]))
    blob = await trash.blobs.put(pieces(b"weights"))  # an upload that has not come to its row yet
    job = await trash.start()
    await trash.deletion.carry_out(job)
    assert len(trash.contents()) == 1
    trash.blobs.claims.release(blob)
    assert (await trash.empty()).blobs == 1


class Crash(Exception):
    """As if the process had been killed after a transaction."""


async def test_a_job_that_was_interrupted_anywhere_goes_on_and_counts_right(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BATCH", "ROWS", "BLOBS"):
        monkeypatch.setattr(purge, name, 2)
    monkeypatch.setattr("modelyard.services.sweeping.GRACE", -1.0)
    first = open_database(database_url)
    trash = bench(first, tmp_path / "artifacts")
    before = await trash.counts()
    experiment = await trash.experiment("tried")
    for number in range(3):
        await trash.run(experiment, [f"{number}".encode(), b"shared"])
    await trash.experiments.delete(ME, experiment)
    planned = await trash.plan()
    job = await trash.start()
    crashes = 0
    while True:
        trash = bench(first, tmp_path / "artifacts")
        monkeypatch.setattr(first, "write", failing(first.write, 2))
        try:
            await trash.deletion.carry_out(await trash.jobs.get(ME, job.id))
        except Crash:
            crashes += 1
            monkeypatch.undo()
            for name in ("BATCH", "ROWS", "BLOBS"):
                monkeypatch.setattr(purge, name, 2)
            monkeypatch.setattr("modelyard.services.sweeping.GRACE", -1.0)
        else:
            break
    monkeypatch.undo()
    assert crashes > 5
    assert Tally.of((await trash.jobs.get(ME, job.id)).progress["tally"]) == planned
    assert await trash.counts() == before
    assert trash.contents() == []
    first.close()


def failing(write: Callable[..., Awaitable[object]], after: int) -> Callable[..., Awaitable[object]]:
    """Writes that work a few times, and then no more."""
    left = after

    async def writing(work: Callable[..., object]) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crash
        return await write(work)

    return writing
