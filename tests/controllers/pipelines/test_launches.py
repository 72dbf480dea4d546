"""What steps are started with."""

import asyncio

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_runs import PipelineRunDetail, RunState, Task, TaskKind, TaskState
from modelyard.domain.task_launch import Needs
from tests.support.compiled import IMAGE, compiled, dsl
from tests.support.stage import Given, Stage, step
from tests.support.tracking import ME


@dsl.container_component
def shell(text: str, n: int = 2) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-c", 'echo "$0" $1'], args=[text, n])


async def test_commands_are_run_as_they_are_with_what_they_ask_for(on_stage: Stage) -> None:
    @dsl.pipeline(name="p")
    def pipeline(text: str = "a 'b'") -> None:
        task = shell(text=text)
        task.set_env_variable("NAME", "value").set_cpu_limit("500m").set_memory_limit("1Gi")
        task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)

    body = compiled(pipeline)
    body += b"\n---\nplatforms: {kubernetes: {deploymentSpec: {executors: {exec-shell: {"
    body += b"activeDeadlineSeconds: 7, nodeSelector: {labels: {a: b}}}}}}}\n"
    detail = await on_stage.ended(await on_stage.submit(body))
    assert detail.run.state is RunState.SUCCEEDED
    (launch,) = on_stage.launches
    assert list(launch.command) == ["sh", "-c", 'echo "$0" $1', "a 'b'", "2"]
    assert launch.env["NAME"] == "value"
    assert launch.needs == Needs(0.5, 1 << 30, 0)
    assert (launch.timeout, launch.memory_limit) == (7.0, 1 << 30)
    task = step(detail, "shell")
    file, stream = await on_stage.artifacts.open(ME, f"pipelines/{detail.run.id}/logs/{task.id}.0.log")
    log = b"".join([piece async for piece in stream]).decode()
    assert file.blob.size == len(log)
    assert log == "Not on this machine, and left out: 1 accelerators (there are none), nodeSelector\n"


async def test_a_step_in_line_is_told_as_waiting_until_there_is_room(on_stage: Stage) -> None:
    @dsl.pipeline(name="p")
    def pipeline() -> None:
        for _ in range(2):
            shell(text="x").set_cpu_limit("8").set_caching_options(enable_caching=False)

    go = asyncio.Event()

    async def waits(_: Given) -> None:
        await go.wait()

    on_stage.parts = {"sh": waits}
    run = await on_stage.submit(compiled(pipeline))

    def steps(detail: PipelineRunDetail) -> dict[TaskState, Task]:
        return {task.state: task for task in detail.tasks if task.kind is TaskKind.STEP}

    detail = await on_stage.until(run, lambda one: steps(one).keys() == {TaskState.RUNNING, TaskState.WAITING})
    waiting = steps(detail)[TaskState.WAITING]
    assert waiting.started_at is None
    assert [moment.state for moment in waiting.history] == ["WAITING"]
    assert (await on_stage.runs.task(ME, run.id, waiting.id)).state is TaskState.WAITING
    go.set()
    detail = await on_stage.ended(run)
    assert steps(detail).keys() == {TaskState.SUCCEEDED}


async def test_a_command_that_only_an_image_knows_is_refused_with_a_reason(on_stage: Stage) -> None:
    with pytest.raises(InvalidInput, match=r"'comp-entry' runs whatever the image .* must say its command"):
        await on_stage.submit(compiled(_image_only))


@dsl.container_component
def entry() -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="some/image")


@dsl.pipeline(name="image-only")
def _image_only() -> None:
    entry()


async def test_steps_share_a_workspace_when_the_pipeline_asks_for_one(on_stage: Stage) -> None:
    @dsl.pipeline(name="p", pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi")))
    def pipeline() -> None:
        shell(text=dsl.WORKSPACE_PATH_PLACEHOLDER)

    detail = await on_stage.ended(await on_stage.submit(compiled(pipeline)))
    assert detail.run.state is RunState.SUCCEEDED
    place = on_stage.launches[0].command[3]
    assert place == str(on_stage.folders.workspace(detail.run.id))


async def test_secrets_come_from_files_and_only_into_the_environment(on_stage: Stage) -> None:
    @dsl.pipeline(name="p")
    def pipeline(secret: str = "login", text: str = "x") -> None:  # noqa: S107
        shell(text=text)

    body = compiled(pipeline)
    body += b"""
---
platforms: {kubernetes: {deploymentSpec: {executors: {exec-shell: {
  secretAsEnv: [{secretNameParameter: {componentInputParameter: secret},
                 keyToEnv: [{secretKey: user, envVar: USER_NAME}]}],
  configMapAsEnv: [{configMapName: site, optional: true, keyToEnv: [{configMapKey: url, envVar: SITE}]}]}}}}}
"""
    missing = await on_stage.ended(await on_stage.submit(body))
    assert "from secrets/login/user, which is not in the data directory" in str(step(missing, "shell").error)
    (on_stage.root / "secrets" / "login").mkdir(parents=True)
    (on_stage.root / "secrets" / "login" / "user").write_text("lovelace")
    detail = await on_stage.ended(await on_stage.submit(body))
    assert detail.run.state is RunState.SUCCEEDED
    assert on_stage.launches[-1].env["USER_NAME"] == "lovelace"
    assert "SITE" not in on_stage.launches[-1].env
    assert "lovelace" not in str(detail)
    foreign = await on_stage.ended(await on_stage.submit(body, secret="../x", text="y"))
    assert "cannot be names of a secret" in str(step(foreign, "shell").error)
