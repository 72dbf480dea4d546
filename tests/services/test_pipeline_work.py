import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput, InvalidState, NotFound
from modelyard.domain.pipeline_runs import (
    Artifact,
    Failure,
    NewPipelineRun,
    PipelineRun,
    RunState,
    TaskState,
    Values,
)
from modelyard.domain.runs import RunStatus
from modelyard.services.artifacts import Artifacts
from modelyard.services.experiments import Experiments
from modelyard.services.pipeline_runs import PipelineRuns
from modelyard.services.pipeline_work import PipelineWork, log_path
from modelyard.services.runs import Runs
from modelyard.storage.database import Database
from tests.support.pipelines import document, task
from tests.support.tracking import ME
from tests.support.yard import blobs_in

MADE = Values(
    {"loss": 0.5, "n": 3, "nested": {"a": [1, 2.0, None]}},
    {"model": (Artifact("a1", "model", "system.Model", "0.0.1", "mlflow-artifacts:/x", {"accuracy": 0.9}),)},
)


@pytest.fixture
async def runs(database: Database, experiments: Experiments) -> PipelineRuns:
    await experiments.ensure_default()
    return PipelineRuns(database, asyncio.Event())


@pytest.fixture
def artifacts(database: Database, tmp_path: Path) -> Artifacts:
    return blobs_in(database, tmp_path)


@pytest.fixture
def work(runs: PipelineRuns, database: Database, artifacts: Artifacts) -> PipelineWork:
    return PipelineWork(database, artifacts, runs._changed)


@pytest.fixture
async def run(runs: PipelineRuns) -> PipelineRun:
    return await runs.create(ME, NewPipelineRun("r", document=document()))


async def test_tasks_come_back_as_they_were_recorded(work: PipelineWork, run: PipelineRun) -> None:
    fence = await work.claim(run.id)
    failure = Failure(13, "exit code 1")
    first = task(run, "t", iteration=3, inputs=MADE, fingerprint="f")
    await work.record(run, fence, [first], at=10)
    await work.record(run, fence, [replace(first, display_name="T")], at=11)
    last = replace(
        first, state=TaskState.FAILED, error=failure, attempt=2, started_at=5, ended_at=9, retry_at=8, log="l"
    )
    await work.record(run, fence, [last], at=12)
    (found,) = await work.tasks(run.id)
    assert replace(found, history=()) == last
    assert [(one.at, one.state, one.error) for one in found.history] == [(10, "RUNNING", None), (12, "FAILED", failure)]


async def test_what_json_cannot_say_is_kept_as_well_as_it_can_be(work: PipelineWork, run: PipelineRun) -> None:
    odd = Values({"half": "a\ud800", "large": [2**70, -(2**70)], "real": float("nan")})
    await work.record(run, await work.claim(run.id), [task(run, "t", TaskState.SUCCEEDED, odd)])
    (found,) = await work.tasks(run.id)
    assert found.outputs.parameters == {"half": "a?", "large": [2**70, -(2**70)], "real": None}


async def test_whoever_has_an_older_fence_can_record_nothing(work: PipelineWork, run: PipelineRun) -> None:
    old = await work.claim(run.id)
    new = await work.claim(run.id)
    assert new > old
    with pytest.raises(InvalidState, match="Somebody else"):
        await work.record(run, old, [task(run, "t")], RunState.RUNNING)
    assert (await work.state(run.id), await work.tasks(run.id)) == (RunState.PENDING, [])
    await work.record(run, new, [task(run, "t")], RunState.RUNNING)
    assert await work.state(run.id) is RunState.RUNNING


async def test_a_run_that_has_ended_stays_as_it_ended(work: PipelineWork, runs: PipelineRuns, run: PipelineRun) -> None:
    fence = await work.claim(run.id)
    await work.record(run, fence, [], RunState.RUNNING, at=5)
    await work.record(run, fence, [], RunState.FAILED, Failure(9, "a task failed"), at=7)
    await work.record(run, fence, [], RunState.SUCCEEDED, at=9)
    ended = await runs.get(ME, run.id)
    assert (ended.state, ended.started_at, ended.ended_at) == (RunState.FAILED, 5, 7)
    assert ended.error == Failure(9, "a task failed")


async def test_the_newest_success_with_the_same_fingerprint_is_found(
    work: PipelineWork, runs: PipelineRuns, run: PipelineRun
) -> None:
    other = await runs.create(ME, NewPipelineRun("r", document=document("other")))
    fence = await work.claim(run.id)
    done = [
        task(run, "old", TaskState.SUCCEEDED, fingerprint="f", ended_at=1),
        task(run, "new", TaskState.SUCCEEDED, MADE, fingerprint="f", ended_at=2),
        task(run, "hit", TaskState.CACHED, fingerprint="f", ended_at=3),
        task(run, "failed", TaskState.FAILED, fingerprint="f", ended_at=4),
    ]
    await work.record(run, fence, done)
    found = await work.cached(run, "f")
    assert found is not None
    assert (found.id, found.run_id, found.outputs) == ("new", run.id, MADE)
    assert await work.cached(run, "g") is None
    assert await work.cached(other, "f") is None


async def test_outputs_are_taken_only_when_all_that_is_kept_here_is_still_there(
    work: PipelineWork, run: PipelineRun, tmp_path: Path
) -> None:
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "file").write_bytes(b"two")
    one, many = [await work.put_artifact(run, f"t/1/{name}", tmp_path / name) for name in ("one", "many")]

    async def takes(*uris: str) -> bool:
        made = [Artifact(f"a{at}", "data", "system.Dataset", "0.0.1", uri) for at, uri in enumerate(uris)]
        found = task(run, "found", TaskState.SUCCEEDED, Values({}, {"data": made}))
        return await work.take(run, task(run, "taking"), found)

    assert await takes()
    assert await takes(one, many, "s3://elsewhere/x", "")
    for gone in (f"{many}/none", "mlflow-artifacts:/../x", "mlflow-artifacts://other.host/x"):
        assert not await takes(one, gone)


async def test_artifacts_go_to_the_store_and_back(work: PipelineWork, run: PipelineRun, tmp_path: Path) -> None:
    file, folder = tmp_path / "one.txt", tmp_path / "many"
    file.write_bytes(b"one")
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a b.txt").write_bytes(b"two")
    (folder / "escape").symlink_to("/etc/passwd")
    one = await work.put_artifact(run, "t/1/one", file)
    many = await work.put_artifact(run, "t/1/many", folder)
    assert one == f"mlflow-artifacts:/pipelines/{run.id}/t/1/one"
    await work.fetch_artifact(run, one, tmp_path / "back" / "one")
    await work.fetch_artifact(run, many, tmp_path / "back" / "many")
    assert (tmp_path / "back" / "one").read_bytes() == b"one"
    left = sorted(path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*"))
    assert left == ["many", "many/sub", "many/sub/a b.txt", "one"]
    assert (tmp_path / "back" / "many" / "sub" / "a b.txt").read_bytes() == b"two"


async def test_what_a_later_try_makes_replaces_all_of_what_was_there(
    work: PipelineWork, run: PipelineRun, artifacts: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "first").touch()
    uri = await work.put_artifact(run, "t/out", tmp_path / "out")
    (tmp_path / "out" / "first").rename(tmp_path / "out" / "second")
    assert await work.put_artifact(run, "t/out", tmp_path / "out") == uri
    assert [file.path for file in await artifacts.walk(ME, f"pipelines/{run.id}/t/out")] == [
        f"pipelines/{run.id}/t/out/second"
    ]
    await work.put_artifact(run, "t/out", tmp_path / "out" / "second")
    assert [file.path for file in await artifacts.walk(ME, f"pipelines/{run.id}")] == [f"pipelines/{run.id}/t/out"]


async def test_what_is_neither_file_nor_directory_is_no_artifact(
    work: PipelineWork, run: PipelineRun, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="link"):
        await work.put_artifact(run, "x", tmp_path / "link")
    with pytest.raises(NotFound):
        await work.put_artifact(run, "x", tmp_path / "pipe")
    with pytest.raises(InvalidInput):
        await work.put_artifact(run, "../../other", tmp_path)


async def test_a_log_is_kept_by_its_try(
    work: PipelineWork, run: PipelineRun, artifacts: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text("hello\n")
    digest = await work.put_log(run, task(run, "t", attempt=2), tmp_path / "log")
    file, content = await artifacts.open(ME, log_path(run.id, "t", 2))
    assert file.blob.digest == digest
    assert b"".join([piece async for piece in content]) == b"hello\n"


async def test_the_tracking_run_is_made_once_and_ends_with_the_run(
    work: PipelineWork, runs: PipelineRuns, run: PipelineRun, database: Database
) -> None:
    tracked = await work.tracking_run(run)
    assert await work.tracking_run(run) == tracked == (await runs.get(ME, run.id)).tracking_run_id
    assert (await Runs(database).get(ME, tracked)).run.status is RunStatus.RUNNING
    await work.record(run, await work.claim(run.id), [], RunState.FAILED, at=99)
    ended = (await Runs(database).get(ME, tracked)).run
    assert (ended.status, ended.ended_at, ended.name) == (RunStatus.FAILED, 99, "r")
