"""What a step may put into volumes and into its own directory."""

import asyncio
import os
from pathlib import Path

import pytest

from modelyard.controllers.pipelines.bounds import BLOCK, Bound, overfull
from modelyard.domain.pipeline_runs import RunState, TaskState
from tests.support.compiled import compiled, dsl
from tests.support.conditions import until
from tests.support.platforms import CreatePVC, error_of, one_step, shell, with_platform
from tests.support.stage import Given, Stage, step
from tests.support.tracking import ME

SUCCEEDED, FAILED = RunState.SUCCEEDED, RunState.FAILED


LIMITED = {"emptyDirMounts": [{"volumeName": "v", "mountPath": "/v", "sizeLimit": "4Ki"}]}


async def test_a_step_that_fills_a_volume_beyond_its_size_fails(on_stage: Stage) -> None:
    body = with_platform(
        compiled(one_step), emptyDirMounts=[{"volumeName": "v", "mountPath": "/v", "sizeLimit": "8Ki"}]
    )
    size = BLOCK

    async def writes(given: Given) -> None:
        folder = given.launch.mounts[0].source / "deep"
        folder.mkdir()
        (folder / "file").write_bytes(bytes(size))

    on_stage.parts = {"sh": writes}
    assert (await on_stage.ended(await on_stage.submit(body))).run.state is SUCCEEDED
    size += 1
    detail = await on_stage.ended(await on_stage.submit(body))
    assert "The volume 'v' of 8,192 bytes has at least 12,288 in it" in error_of(detail)


async def test_many_small_files_fill_a_volume_too(on_stage: Stage) -> None:
    body = with_platform(
        compiled(one_step), emptyDirMounts=[{"volumeName": "v", "mountPath": "/v", "sizeLimit": "1Mi"}]
    )
    many = 256

    async def writes(given: Given) -> None:
        for number in range(many):
            (given.launch.mounts[0].source / str(number)).touch()

    on_stage.parts = {"sh": writes}
    assert (await on_stage.ended(await on_stage.submit(body))).run.state is SUCCEEDED
    many += 1
    detail = await on_stage.ended(await on_stage.submit(body))
    assert "The volume 'v' of 1,048,576 bytes has at least 1,052,672 in it, in 257 files" in error_of(detail)


async def test_a_step_that_fills_the_disk_with_files_of_its_own_is_ended(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.controllers.pipelines.fill.LOOK_EVERY", 0.01)
    monkeypatch.setattr("modelyard.controllers.pipelines.bounds.SHARE", 1e-7)

    async def hangs(given: Given) -> None:
        for number in range(1000):
            (given.launch.folder / str(number)).touch()
        await asyncio.Event().wait()

    on_stage.parts = {"sh": hangs}
    detail = await on_stage.ended(await on_stage.submit(compiled(one_step)))
    assert step(detail, "shell").state is TaskState.FAILED
    assert "most of what was free on the disk, so the step was ended" in error_of(detail)


async def test_a_step_that_fails_is_told_of_the_volume_that_it_has_filled(on_stage: Stage) -> None:
    async def fails(given: Given) -> int:
        (given.launch.mounts[0].source / "file").write_bytes(bytes(BLOCK + 1))
        given.say("no space left")
        return 3

    on_stage.parts = {"sh": fails}
    detail = await on_stage.ended(await on_stage.submit(with_platform(compiled(one_step), **LIMITED)))
    first, *rest = error_of(detail).splitlines()
    assert first.startswith("The volume 'v' of 4,096 bytes has at least 8,192 in it")
    assert rest[0] == "The step ended with exit code 3"


async def test_a_volume_holds_no_more_than_it_was_made_for(on_stage: Stage) -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        shell().after(CreatePVC(size="4Ki", pvc_name="mine"))

    async def writes(given: Given) -> None:
        (given.launch.mounts[0].source / "file").write_bytes(bytes(BLOCK + 1))

    on_stage.parts = {"sh": writes}
    body = with_platform(compiled(pipeline), pvcMount=[{"constant": "mine", "mountPath": "/data"}])
    error = error_of(await on_stage.ended(await on_stage.submit(body)))
    assert error.startswith("The volume 'mine' of 4,096 bytes has at least 8,192 in it")
    assert error.endswith("or remove files from volumes/mine")


async def test_a_step_that_fills_a_volume_is_ended_while_it_runs(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.controllers.pipelines.fill.LOOK_EVERY", 0.01)

    async def hangs(given: Given) -> None:
        (given.launch.mounts[0].source / "file").write_bytes(bytes(BLOCK + 1))
        await asyncio.Event().wait()

    on_stage.parts = {"sh": hangs}
    detail = await on_stage.ended(await on_stage.submit(with_platform(compiled(one_step), **LIMITED)))
    assert step(detail, "shell").state is TaskState.FAILED
    assert "The volume 'v' of 4,096 bytes has at least 8,192 in it" in error_of(detail)


async def test_a_step_that_is_canceled_is_canceled_however_full_its_volumes_are(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.controllers.pipelines.fill.LOOK_EVERY", 3600.0)  # which would end it, too

    async def hangs(given: Given) -> None:
        (given.launch.mounts[0].source / "file").write_bytes(bytes(BLOCK + 1))
        await asyncio.Event().wait()

    on_stage.parts = {"sh": hangs}
    run = await on_stage.submit(with_platform(compiled(one_step), **LIMITED))
    await until(lambda: on_stage.played == ["sh"])
    await on_stage.runs.terminate(ME, run.id)
    detail = await on_stage.ended(run)
    assert (detail.run.state, step(detail, "shell").state) == (RunState.CANCELED, TaskState.CANCELED)


async def test_files_that_go_while_they_are_counted_do_not_count(tmp_path: Path) -> None:
    assert overfull([Bound("v", tmp_path / "gone", 1)]) == ""
    (tmp_path / "link").symlink_to("/usr")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(bytes(1000))
    size = 3 * BLOCK
    assert overfull([Bound("v", tmp_path, size, 3)]) == ""
    assert "at least" in overfull([Bound("v", tmp_path, size - 1)])
    assert "at least" in overfull([Bound("v", tmp_path, 0, 2)])


def test_a_file_that_is_not_all_there_yet_counts_as_it_is_long(tmp_path: Path) -> None:
    handle = os.open(tmp_path / "file", os.O_CREAT | os.O_WRONLY)
    os.truncate(handle, 3 * BLOCK)
    os.close(handle)
    assert overfull([Bound("v", tmp_path, 3 * BLOCK)]) == ""
    assert "at least 12,288" in overfull([Bound("v", tmp_path, 3 * BLOCK - 1)])
