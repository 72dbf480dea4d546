"""Secrets, configuration and volumes that steps find as files, and the tasks that make and delete volumes."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelyard.controllers.pipelines.bounds import BLOCK, Bound, overfull
from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_runs import PipelineRunDetail, RunState, TaskState
from modelyard.domain.task_launch import Mount
from tests.support.compiled import IMAGE, compiled, component, dsl
from tests.support.conditions import until
from tests.support.stage import Given, Stage, step
from tests.support.tracking import ME

SUCCEEDED, FAILED = RunState.SUCCEEDED, RunState.FAILED


@dsl.container_component
def shell(text: str = "x") -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-c", "true"], args=[text])


@dsl.container_component
def CreatePVC(  # noqa: N802 - as in kfp-kubernetes
    name: dsl.OutputPath(str),  # type: ignore[valid-type]
    size: str,
    pvc_name: str = "",
    pvc_name_suffix: str = "",
) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argostub/createpvc")


@dsl.container_component
def DeletePVC(pvc_name: str) -> dsl.ContainerSpec:  # noqa: N802
    return dsl.ContainerSpec(image="argostub/deletepvc")


@dsl.pipeline(name="p")
def one_step(name: str = "login") -> None:
    shell().set_caching_options(enable_caching=False)


def with_platform(body: bytes, **config: Any) -> bytes:
    """Of the step `shell`, as kfp-kubernetes adds it."""
    return with_platforms(body, {"exec-shell": config})


def with_platforms(body: bytes, executors: Mapping[str, Any], **config: Any) -> bytes:
    platforms = {"kubernetes": {"deploymentSpec": {"executors": executors}, "pipelineConfig": config}}
    return body + b"\n---\n" + json.dumps({"platforms": platforms}).encode()


def error_of(detail: PipelineRunDetail, name: str = "shell") -> str:
    failure = step(detail, name).error
    return "" if failure is None else failure.message


async def test_secrets_and_config_maps_are_directories_of_the_store_that_can_only_be_read(on_stage: Stage) -> None:
    for folder, key in (("secrets/login", "user"), ("config-maps/site", "url")):
        (on_stage.root / folder).mkdir(parents=True)
        (on_stage.root / folder / key).write_text("ada")
    body = with_platform(
        compiled(one_step),
        secretAsVolume=[{"secretNameParameter": {"componentInputParameter": "name"}, "mountPath": "/mnt/login"}],
        configMapAsVolume=[{"configMapName": "site", "mountPath": "etc/site/"}],
    )
    detail = await on_stage.ended(await on_stage.submit(body))
    assert detail.run.state is SUCCEEDED
    assert on_stage.launches[0].mounts == [
        Mount(on_stage.root / "secrets" / "login", "/mnt/login", read_only=True),
        Mount(on_stage.root / "config-maps" / "site", "/etc/site", read_only=True),
    ]
    missing = await on_stage.ended(await on_stage.submit(body, name="other"))
    assert "files from secrets/other, which is not in the data directory" in error_of(missing)
    foreign = await on_stage.ended(await on_stage.submit(body, name="../login"))
    assert "cannot be the name of one of the secrets" in error_of(foreign)


async def test_an_optional_secret_that_is_missing_is_an_empty_directory(on_stage: Stage) -> None:
    body = with_platform(
        compiled(one_step), secretAsVolume=[{"secretName": "login", "mountPath": "/mnt/login", "optional": True}]
    )
    assert (await on_stage.ended(await on_stage.submit(body))).run.state is SUCCEEDED
    (mount,) = on_stage.launches[0].mounts
    assert mount.read_only
    assert on_stage.launches[0].folder in mount.source.parents


async def test_a_secret_may_be_named_by_a_task_before(on_stage: Stage) -> None:
    @component
    def choose() -> str:
        return ""

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        shell().after(choose())

    async def chooses(given: Given) -> None:
        given.put(Output="login")

    on_stage.parts = {"choose": chooses}
    (on_stage.root / "secrets" / "login").mkdir(parents=True)
    (on_stage.root / "secrets" / "login" / "user").write_text("ada")
    named = {"taskOutputParameter": {"producerTask": "choose", "outputParameterKey": "Output"}}
    body = with_platform(
        compiled(pipeline),
        secretAsEnv=[{"secretNameParameter": named, "keyToEnv": [{"secretKey": "user", "envVar": "USER_NAME"}]}],
        secretAsVolume=[{"secretNameParameter": named, "mountPath": "/mnt/login"}],
    )
    assert (await on_stage.ended(await on_stage.submit(body))).run.state is SUCCEEDED
    launch = on_stage.launches[-1]
    assert launch.env["USER_NAME"] == "ada"
    assert launch.mounts[0].source == on_stage.root / "secrets" / "login"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/", "must be a directory below /"), ("/a/../..", "must be a directory below /"), ("", "mountPath is missing")],
)
async def test_a_path_that_cannot_be_one_is_refused_before_the_run(on_stage: Stage, path: str, reason: str) -> None:
    body = with_platform(compiled(one_step), emptyDirMounts=[{"volumeName": "v", "mountPath": path}])
    with pytest.raises(InvalidInput, match=reason):
        await on_stage.submit(body)


async def test_a_step_that_others_are_to_prepare_is_refused_before_the_run(on_stage: Stage) -> None:
    prepares = {"name": "fetch", "image": IMAGE, "command": ["sh", "-c", "wget data"]}
    body = with_platform(compiled(one_step), initContainers=[prepares])
    with pytest.raises(InvalidInput, match="'comp-shell' has init containers"):
        await on_stage.submit(body)


@pytest.mark.parametrize("path", ["/proc", "/usr/..//proc", "{above}", "{within}"])
async def test_what_steps_need_cannot_be_hidden(on_stage: Stage, path: str) -> None:
    path = path.format(above=on_stage.root.parent, within=on_stage.root / "secrets")
    body = with_platform(compiled(one_step), emptyDirMounts=[{"volumeName": "v", "mountPath": path}])
    detail = await on_stage.ended(await on_stage.submit(body))
    assert "A volume cannot be mounted at" in error_of(detail)


async def test_a_volume_is_made_shared_and_deleted_by_tasks(on_stage: Stage) -> None:
    @component
    def write() -> None: ...

    @component
    def read() -> None: ...

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        made = CreatePVC(size="1Mi", pvc_name_suffix="-data")
        written = write().after(made)
        found = read().after(written)
        DeletePVC(pvc_name=made.outputs["name"]).after(found)

    def place(given: Given) -> Path:
        (mount,) = given.launch.mounts
        assert (mount.path, mount.read_only) == ("/data", False)
        return mount.source

    async def writes(given: Given) -> None:
        (place(given) / "file").write_text("hello")

    async def reads(given: Given) -> None:
        assert (place(given) / "file").read_text() == "hello"
        given.say("read")

    on_stage.parts = {"write": writes, "read": reads}
    named = {"taskOutputParameter": {"producerTask": "createpvc", "outputParameterKey": "name"}}
    mounts = [{"pvcNameParameter": named, "mountPath": "/data", "subPath": "of/mine"}]
    body = with_platforms(compiled(pipeline), {f"exec-{name}": {"pvcMount": mounts} for name in ("write", "read")})
    names = []
    for _ in range(2):  # the second is not taken from the first, whose volume is gone
        detail = await on_stage.ended(await on_stage.submit(body))
        assert detail.run.state is SUCCEEDED, detail.run.error
        assert {task.state for task in detail.tasks} == {TaskState.SUCCEEDED}
        names.append(step(detail, "createpvc").outputs.parameters["name"])
        assert str(names[-1]).startswith(f"p-{detail.run.id[:8]}-")
        assert str(names[-1]).endswith("-data")
    assert len(set(names)) == 2
    assert on_stage.played == ["write", "read"] * 2
    assert list((on_stage.root / "volumes").iterdir()) == []


async def test_a_volume_of_somebody_else_is_not_made_again_and_one_that_is_not_there_is_not_mounted(
    on_stage: Stage,
) -> None:
    @dsl.pipeline(name="p")
    def pipeline(name: str) -> None:
        CreatePVC(size="1Ki", pvc_name=name)

    body = compiled(pipeline)
    assert (await on_stage.ended(await on_stage.submit(body, name="mine"))).run.state is SUCCEEDED
    again = await on_stage.ended(await on_stage.submit(body, name="mine"))
    assert "There is a volume 'mine' already: volumes/mine in the data directory" in error_of(again, "createpvc")
    foreign = await on_stage.ended(await on_stage.submit(body, name="../mine"))
    assert "cannot be the name of a volume" in error_of(foreign, "createpvc")
    mounted = with_platform(compiled(one_step), pvcMount=[{"constant": "theirs", "mountPath": "/data"}])
    missing = await on_stage.ended(await on_stage.submit(mounted))
    assert "or make the directory volumes/theirs in the data directory" in error_of(missing)

    @dsl.pipeline(name="p")
    def deletes(name: str) -> None:
        DeletePVC(pvc_name=name)

    assert (await on_stage.ended(await on_stage.submit(compiled(deletes), name="mine"))).run.state is SUCCEEDED
    gone = await on_stage.ended(await on_stage.submit(compiled(deletes), name="mine"))
    assert "There is no volume 'mine'" in error_of(gone, "deletepvc")


async def test_a_link_that_a_step_has_left_in_a_volume_leads_nobody_out_of_it(on_stage: Stage) -> None:
    volume, secret = on_stage.root / "volumes" / "mine", on_stage.root / "secrets" / "login"
    for folder in (volume / "within", secret):
        folder.mkdir(parents=True)
    (volume / "link").symlink_to("../../secrets")
    (volume / "inner").symlink_to("within")

    def mounting(path: str) -> bytes:
        return with_platform(compiled(one_step), pvcMount=[{"constant": "mine", "mountPath": "/data", "subPath": path}])

    for path in ("link", "link/login", "link/made"):
        detail = await on_stage.ended(await on_stage.submit(mounting(path)))
        assert f"The path '{path}' leads out of the volume 'mine'" in error_of(detail)
    assert [one.name for one in (on_stage.root / "secrets").iterdir()] == ["login"]
    assert (await on_stage.ended(await on_stage.submit(mounting("inner/deep")))).run.state is SUCCEEDED
    assert (volume / "within" / "deep").is_dir()


async def test_what_stays_of_a_step_is_what_is_in_volumes_with_a_name(on_stage: Stage) -> None:
    (on_stage.root / "volumes" / "mine").mkdir(parents=True)
    body = with_platform(
        compiled(one_step),
        pvcMount=[{"constant": "mine", "mountPath": "/data"}],
        emptyDirMounts=[{"volumeName": "v", "mountPath": "/scratch", "sizeLimit": "1Gi"}],
        genericEphemeralVolume=[{"volumeName": "w", "mountPath": "/more", "size": "1Gi"}],
    )

    async def writes(given: Given) -> None:
        for mount in given.launch.mounts:
            (mount.source / "file").write_text("x")

    on_stage.parts = {"sh": writes}
    assert (await on_stage.ended(await on_stage.submit(body))).run.state is SUCCEEDED
    places = {mount.path: mount.source / "file" for mount in on_stage.launches[0].mounts}
    await until(lambda: not (places["/scratch"].exists() or places["/more"].exists()))
    assert places["/data"].exists()


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


async def test_two_volumes_at_one_path_and_a_part_of_a_volume_that_is_a_file_are_refused_in_words(
    on_stage: Stage,
) -> None:
    (on_stage.root / "volumes" / "mine").mkdir(parents=True)
    (on_stage.root / "volumes" / "mine" / "file").touch()
    (on_stage.root / "config-maps" / "site").mkdir(parents=True)
    claim = {"constant": "mine", "mountPath": "/data"}
    site = {"configMapName": "site", "mountPath": "/data/"}
    both = with_platform(compiled(one_step), pvcMount=[claim], configMapAsVolume=[site])
    detail = await on_stage.ended(await on_stage.submit(both))
    assert error_of(detail) == "Two volumes cannot be mounted at /data: give one of them another path"
    for path in ("file", "file/deeper"):
        part = with_platform(compiled(one_step), pvcMount=[{**claim, "subPath": path}])
        detail = await on_stage.ended(await on_stage.submit(part))
        assert error_of(detail) == (
            f"The path '{path}' in the volume 'mine' is a file, or leads through one; only directories can be mounted"
        )
    assert on_stage.launches == []


LIMITED = {"emptyDirMounts": [{"volumeName": "v", "mountPath": "/v", "sizeLimit": "4Ki"}]}


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


@pytest.mark.parametrize("needed", ["needed", "optional"])
async def test_where_nothing_can_be_mounted_a_run_ends_before_it_starts_unless_it_can_do_without(
    on_stage: Stage, needed: str
) -> None:
    on_stage.executor.no_mounts = "not allowed"
    (on_stage.root / "secrets" / "login").mkdir(parents=True)
    body = with_platform(
        compiled(one_step),
        secretAsVolume=[{"secretName": "login", "mountPath": "/mnt/x", "optional": needed == "optional"}],
    )
    detail = await on_stage.ended(await on_stage.submit(body))
    if needed == "optional":
        assert detail.run.state is SUCCEEDED
        assert on_stage.launches[0].mounts == ()
        assert "left out: /mnt/x" in await log_of(on_stage, detail)
    else:
        assert detail.run.state is FAILED
        assert detail.run.error is not None
        assert detail.run.error.message == (
            "The component 'comp-shell' has volumes, which cannot be mounted here: not allowed"
        )
        assert on_stage.launches == []


async def log_of(on_stage: Stage, detail: PipelineRunDetail) -> str:
    _, stream = await on_stage.artifacts.open(ME, f"pipelines/{detail.run.id}/logs/{step(detail, 'shell').id}.0.log")
    return b"".join([piece async for piece in stream]).decode()
