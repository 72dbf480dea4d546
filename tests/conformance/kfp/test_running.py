"""Pipelines that the stock SDK compiles and sends, with real steps; each checks within itself what reaches it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Optional

import httpx
import kfp
import pytest
from kfp import dsl

from modelyard.executors.steps import mounting
from tests.support.compiled import IMAGE, compiled, component
from tests.support.server import RunningServer

SECONDS = 600


def run(client: kfp.Client, pipeline: Callable[..., Any], **arguments: Any) -> Any:
    """The ended run."""
    started = client.create_run_from_pipeline_func(pipeline, arguments=arguments, enable_caching=False)
    ended = client.wait_for_run_completion(started.run_id, timeout=SECONDS, sleep_duration=0.05)
    found = client.get_run(ended.run_id)
    print(found.error, found.run_details)  # shown when the test fails
    return found


def states(ended: Any) -> dict[str, str]:
    return {task.display_name: task.state for task in (ended.run_details and ended.run_details.task_details) or ()}


@component
def check(found: str, wanted: str) -> None:
    assert found == wanted, f"{found} is not {wanted}"


@component
def say(text: str) -> str:
    return text


@component
def write(text: str, data: dsl.Output[dsl.Dataset]) -> None:
    with open(data.path, "w") as file:
        file.write(text)
    data.metadata["length"] = len(text)


@component
def read(data: dsl.Input[dsl.Dataset]) -> str:
    with open(data.path) as file:
        return f"{file.read()}:{data.metadata['length']}"


def test_numbers_within_lists_and_objects_are_whole_again(client: kfp.Client) -> None:
    @component
    def types(numbers: list, thing: dict, whole: int, real: float, flag: bool) -> str:  # type: ignore[type-arg]  # noqa: FBT001
        return f"{numbers} {thing} {whole!r} {real!r} {flag!r}"

    @dsl.pipeline(name="types")
    def pipeline(numbers: list = [1, 2.5], whole: int = 3, real: float = 2.0, flag: bool = True) -> None:  # type: ignore[type-arg]  # noqa: B006, FBT001, FBT002
        found = types(numbers=numbers, thing={"a": [1]}, whole=whole, real=real, flag=flag)
        check(found=found.output, wanted="[1, 2.5] {'a': [1]} 3 2.0 True")

    assert run(client, pipeline).state == "SUCCEEDED"


def test_a_value_with_quotes_takes_its_branch(client: kfp.Client) -> None:
    @dsl.pipeline(name="quotes")
    def pipeline(text: str) -> None:
        with dsl.If(text != "other"):
            check(found=say(text=text).output, wanted='it\'s "so" \\')

    ended = run(client, pipeline, text='it\'s "so" \\')
    assert (ended.state, states(ended)["check"]) == ("SUCCEEDED", "SUCCEEDED")


def test_one_of_several_artifacts_reaches_the_next_step(client: kfp.Client) -> None:
    @dsl.pipeline(name="one-of")
    def pipeline(side: str = "b") -> None:
        with dsl.If(side == "a"):
            one = write(text="A")
        with dsl.Else():
            two = write(text="BB")
        check(found=read(data=dsl.OneOf(one.outputs["data"], two.outputs["data"])).output, wanted="BB:2")

    ended = run(client, pipeline)
    assert ended.state == "SUCCEEDED"
    assert states(ended)["condition-2"] == "SKIPPED"


def test_nested_loops_collect_what_their_items_made(client: kfp.Client) -> None:
    @component
    def joined(texts: list[list[str]], data: dsl.Input[list[dsl.Dataset]]) -> str:
        return str(texts) + ",".join(open(one.path).read() for one in data)

    @dsl.pipeline(name="nested")
    def pipeline(items: list[dict]) -> None:  # type: ignore[type-arg]
        with dsl.ParallelFor(items, parallelism=2) as outer, dsl.ParallelFor(outer.b) as inner:
            said = say(text=f"{outer.a}{inner}")
            made = write(text=said.output)
        found = joined(texts=dsl.Collected(said.output), data=dsl.Collected(made.outputs["data"]))
        check(found=found.output, wanted="[['x1', 'x2'], ['y3']]x1,x2,y3")

    assert run(client, pipeline, items=[{"a": "x", "b": ["1", "2"]}, {"a": "y", "b": ["3"]}]).state == "SUCCEEDED"


def test_a_loop_over_nothing_is_an_empty_list(client: kfp.Client) -> None:
    @component
    def count(texts: list[str]) -> str:
        return str(len(texts))

    @dsl.pipeline(name="empty")
    def pipeline(items: list[str] = []) -> None:  # noqa: B006
        with dsl.ParallelFor(items) as item:
            said = say(text=item)
        check(found=count(texts=dsl.Collected(said.output)).output, wanted="0")

    assert run(client, pipeline).state == "SUCCEEDED"


def test_what_is_optional_takes_the_functions_default(client: kfp.Client) -> None:
    @component
    def optional(text: Optional[str] = None, number: int = 5) -> str:
        return f"{text} {number}"

    @component
    def perhaps(data: Optional[dsl.Input[dsl.Dataset]] = None) -> str:
        return str(data)

    @dsl.pipeline(name="inner")
    def inner(text: Optional[str] = None, data: Optional[dsl.Input[dsl.Dataset]] = None) -> str:
        check(found=perhaps(data=data).output, wanted="None")
        return optional(text=text).output

    @dsl.pipeline(name="outer")
    def pipeline(text: Optional[str] = None) -> None:
        check(found=inner(text=text).output, wanted="None 5")

    assert run(client, pipeline).state == "SUCCEEDED"


def test_sub_pipelines_hand_on_values_and_artifacts(client: kfp.Client) -> None:
    class Both(NamedTuple):
        text: str
        data: dsl.Dataset

    @dsl.pipeline(name="inner")
    def inner(text: str) -> Both:  # type: ignore[valid-type]
        return Both(text=say(text=text).output, data=write(text=text).outputs["data"])  # type: ignore[return-value]

    @dsl.pipeline(name="outer")
    def pipeline() -> None:
        both = inner(text="abc")
        check(found=both.outputs["text"], wanted="abc")
        check(found=read(data=both.outputs["data"]).output, wanted="abc:3")

    assert run(client, pipeline).state == "SUCCEEDED"


def test_an_exit_task_hears_what_went_wrong(client: kfp.Client) -> None:
    @component
    def breaks() -> None:
        raise ValueError("by design")

    @component
    def report(status: dsl.PipelineTaskFinalStatus) -> None:
        assert status.state == "FAILED", status
        assert "ValueError: by design" in status.error_message, status

    @dsl.pipeline(name="exits")
    def pipeline() -> None:
        with dsl.ExitHandler(report(), name="work"):
            breaks()

    ended = run(client, pipeline)
    assert ended.state == "FAILED"
    assert states(ended)["report"] == "SUCCEEDED"
    assert "ValueError: by design" in ended.error.message


def test_a_step_is_tried_again(client: kfp.Client) -> None:
    @component
    def flaky(workspace: str) -> None:
        import pathlib

        first = pathlib.Path(workspace, "first")
        if not first.exists():
            first.touch()
            raise RuntimeError("not yet")

    @dsl.pipeline(name="retries", pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Mi")))
    def pipeline() -> None:
        flaky(workspace=dsl.WORKSPACE_PATH_PLACEHOLDER).set_retry(num_retries=1, backoff_duration="0s")

    assert run(client, pipeline).state == "SUCCEEDED"


def test_a_container_component_is_run_as_a_command(client: kfp.Client) -> None:
    @dsl.container_component
    def shout(text: str, loud: dsl.OutputPath(str), more: Optional[str] = None) -> dsl.ContainerSpec:  # type: ignore[valid-type]
        script = 'test "$NAME" = value && mkdir -p "$(dirname "$2")" && printf %s "$0 $1" > "$2"'
        optional = dsl.IfPresentPlaceholder(input_name="more", then=[more], else_=["nothing"])
        whole = dsl.ConcatPlaceholder(["<", text, ">"])
        return dsl.ContainerSpec(image=IMAGE, command=["sh", "-c", script], args=[whole, optional, loud])

    @dsl.pipeline(name="commands")
    def pipeline() -> None:
        task = shout(text="a b").set_env_variable("NAME", "value")
        check(found=task.outputs["loud"], wanted="<a b> nothing")

    assert run(client, pipeline).state == "SUCCEEDED"


def test_placeholders_name_the_run_and_the_task(client: kfp.Client) -> None:
    @component
    def named(job: str, resource: str, uuid: str, task: str, created: str) -> None:
        assert job.startswith("names "), job
        assert resource == f"names-{uuid[:8]}", resource
        assert task == "named", task
        assert created.endswith("Z"), created

    @dsl.pipeline(name="names")
    def pipeline() -> None:
        named(
            job=dsl.PIPELINE_JOB_NAME_PLACEHOLDER,
            resource=dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER,
            uuid=dsl.PIPELINE_JOB_ID_PLACEHOLDER,
            task=dsl.PIPELINE_TASK_NAME_PLACEHOLDER,
            created=dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER,
        )

    assert run(client, pipeline).state == "SUCCEEDED"


def test_what_a_step_logs_with_mlflow_is_nested_under_the_runs_own(
    client: kfp.Client, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    @component
    def train() -> str:
        import mlflow

        with mlflow.start_run() as started:
            mlflow.log_metric("loss", 0.5)
        return str(started.info.run_id)

    @dsl.pipeline(name="tracks")
    def pipeline() -> None:
        train()

    ended = run(client, pipeline)
    assert ended.state == "SUCCEEDED"
    from mlflow import MlflowClient

    tracking = MlflowClient(server.url)
    (parent,) = tracking.search_runs(
        ["0"], f"tags.`modelyard.pipelineRunId` = '{ended.run_id}' and tags.`mlflow.source.name` = 'tracks'"
    )
    (child,) = tracking.search_runs(["0"], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert child.data.metrics == {"loss": 0.5}
    task = child.data.tags["modelyard.pipelineTaskId"]
    assert httpx.get(f"{server.url}/api/v1/pipeline-runs/{ended.run_id}/tasks/{task}/log").json()["over"]
    assert parent.info.status == "FINISHED"


def test_terminating_reaches_the_step(client: kfp.Client) -> None:
    @component
    def waits() -> None:
        import time

        time.sleep(600)

    @dsl.pipeline(name="terminated")
    def pipeline() -> None:
        waits()

    started = client.create_run_from_pipeline_func(pipeline)
    while "waits" not in states(client.get_run(started.run_id)):
        pass
    client.terminate_run(started.run_id)
    while (state := client.get_run(started.run_id).state) not in ("CANCELED", "SUCCEEDED", "FAILED"):
        pass
    assert state == "CANCELED"


def test_volumes_are_where_the_code_looks_for_them(client: kfp.Client, tmp_path: Path) -> None:
    @dsl.container_component
    def CreatePVC(name: dsl.OutputPath(str), size: str, pvc_name_suffix: str) -> dsl.ContainerSpec:  # type: ignore[valid-type]  # noqa: N802
        return dsl.ContainerSpec(image="argostub/createpvc")

    @component
    def note(text: str) -> str:
        with open("/made-up/volume/notes", "a") as file:
            file.write(text)
        return text

    @component
    def read(texts: list[str]) -> str:
        return f"{texts} {open('/made-up/volume/notes').read()}"

    @dsl.pipeline(name="volumes")
    def pipeline() -> None:
        made = CreatePVC(size="1Mi", pvc_name_suffix="-notes")
        with dsl.ParallelFor(["a", "b"], name="notes", parallelism=1) as item:
            noted = note(text=item).after(made)
        found = read(texts=dsl.Collected(noted.output)).after(made)
        check(found=found.output, wanted="['a', 'b'] ab")

    named = {"taskOutputParameter": {"producerTask": "createpvc", "outputParameterKey": "name"}}
    mount = {"pvcMount": [{"pvcNameParameter": named, "mountPath": "/made-up/volume"}]}
    platforms = {"kubernetes": {"deploymentSpec": {"executors": {"exec-note": mount, "exec-read": mount}}}}
    package = tmp_path / "volumes.yaml"
    package.write_text(f"{compiled(pipeline).decode()}\n---\n{json.dumps({'platforms': platforms})}")
    started = client.create_run_from_pipeline_package(str(package), enable_caching=False)
    ended = client.wait_for_run_completion(started.run_id, timeout=SECONDS, sleep_duration=0.05)
    if mounting.problem():
        assert "has volumes, which cannot be mounted here" in ended.error.message
    else:
        assert ended.state == "SUCCEEDED", ended.error
        assert states(ended)["notes"] == "SUCCEEDED", "a loop is told by its name"
