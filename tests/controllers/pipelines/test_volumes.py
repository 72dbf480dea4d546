"""Secrets, configuration and volumes that steps find as files, and the tasks that make and delete volumes."""

from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_runs import PipelineRunDetail, RunState, TaskState
from modelyard.domain.task_launch import Mount
from tests.support.compiled import IMAGE, compiled, component, dsl
from tests.support.conditions import until
from tests.support.platforms import CreatePVC, DeletePVC, error_of, one_step, shell, with_platform, with_platforms
from tests.support.stage import Given, Stage, step
from tests.support.tracking import ME

SUCCEEDED, FAILED = RunState.SUCCEEDED, RunState.FAILED


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
