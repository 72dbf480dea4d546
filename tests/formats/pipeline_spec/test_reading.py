import io
import json
import tarfile
import zipfile
from typing import Any

import pytest
import yaml

from modelyard.domain.errors import InvalidInput, TooLarge
from modelyard.domain.pipeline_spec import Container, Dag, FromInput, FromTask, Loop, ParameterType
from modelyard.formats.pipeline_spec import package, reading, yaml_text
from tests.support.compiled import compiled, component, dsl


@component
def double(number: int = 2) -> int:
    return 2 * number


@component
def total(numbers: list[int]) -> int:
    return sum(numbers)


@dsl.pipeline(name="doubles", description="of many")
def doubles(numbers: list[int] = [1, 2], limit: int = 3) -> int:  # noqa: B006 - for the compiler
    with dsl.ParallelFor(numbers, parallelism=2) as number:
        doubled = double(number=number)
        doubled.set_retry(num_retries=2, backoff_duration="1s", backoff_factor=3.0)
    return total(numbers=dsl.Collected(doubled.output)).output


YAML = compiled(doubles)
DOCUMENT: dict[str, Any] = yaml.safe_load(YAML)


def changed(**parts: Any) -> bytes:
    return json.dumps(DOCUMENT | parts).encode()


def test_what_the_sdk_compiles_is_read() -> None:
    spec, _ = reading.read(YAML)
    assert (spec.name, spec.description, spec.sdk_version) == ("doubles", "of many", "kfp-2.17.0")
    assert spec.root.inputs.parameters["numbers"].type is ParameterType.LIST
    assert spec.root.inputs.parameters["limit"].default == 3
    assert isinstance(spec.root.body, Dag)
    loop = spec.root.body.tasks["for-loop-1"]
    assert loop.loop == Loop(
        "pipelinechannel--numbers-loop-item", "pipelinechannel--numbers", from_input=True, parallelism=2
    )
    assert loop.parameters == {"pipelinechannel--numbers": FromInput("numbers")}
    assert spec.root.body.tasks["total"].parameters["numbers"] == FromTask(
        "for-loop-1", "pipelinechannel--double-Output"
    )
    inner = spec.components["comp-for-loop-1"].body
    assert isinstance(inner, Dag)
    retry = inner.tasks["double"].retry
    assert (retry.most, retry.backoff, retry.factor, retry.longest) == (2, 1.0, 3.0, 3600.0)
    assert isinstance(spec.components["comp-double"].body, Container)


def test_the_kept_document_reads_as_the_upload_did() -> None:
    spec, document = reading.read(YAML)
    assert reading.parse(document) == spec
    assert json.loads(document)["pipelineInfo"] == DOCUMENT["pipelineInfo"]


def test_platforms_come_from_a_second_document_or_from_beside() -> None:
    platforms = {"kubernetes": {"deploymentSpec": {"executors": {"exec-double": {"activeDeadlineSeconds": 5}}}}}
    with_second = YAML + b"\n---\n" + yaml.safe_dump({"platforms": platforms}).encode()
    beside = json.dumps({"pipeline_spec": DOCUMENT, "platform_spec": {"platforms": platforms}}).encode()
    for body in (with_second, beside):
        spec, document = reading.read(body)
        container = spec.components["comp-double"].body
        assert isinstance(container, Container)
        assert container.platform == {"activeDeadlineSeconds": 5}
        assert json.loads(document)["platforms"] == platforms


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr(name, content)
    return buffer.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("body", [zipped("a/pipeline.yaml", YAML), tarred("pipe.yml", YAML), changed()])
def test_archives_and_json_hold_pipelines_too(body: bytes) -> None:
    assert reading.read(body)[0] == reading.read(YAML)[0]


def bomb() -> bytes:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)]
    return "\n".join(levels).encode()


REFUSED = {
    "nothing but a comment": (b"# hello\n", "is empty"),
    "not YAML": (b"a: [1, 2", r"not valid YAML at line \d"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\xff", "a picture"),
    "half a zip": (zipped("pipeline.yaml", YAML)[:200], "zip archive that cannot be read"),
    "a zip of nothing to read": (zipped("a.txt", YAML), "no .yaml"),
    "half a tar.gz": (tarred("pipeline.yaml", YAML)[:100], "cannot be read"),
    "a list": (b"- a\n- b\n", "must be an object"),
    "what kfp 1 compiled": (b"apiVersion: argoproj.io/v1alpha1\nkind: Workflow", "kfp 1 compiled"),
    "aliases of aliases": (bomb(), "more than 1,000,000 values"),
    "an alias of itself": (b"a: &a [*a]", "is not known"),
    "depth in YAML": (b"[" * 200 + b"]" * 200, "deeper than 100"),
    "depth in JSON": (b'{"a":' * 200 + b"1" + b"}" * 200, "deeper than 100"),
    "an object of Python's": (b"a: !!python/object/apply:os.system [x]", "of type|not valid|has no 'root'"),
    "no name": (changed(pipelineInfo={}), "pipelineInfo.name is missing"),
    "a name with capitals": (changed(pipelineInfo={"name": "Bad Name"}), "a-z, 0-9"),
    "an older schema": (changed(schemaVersion="2.0.0"), "must be 2.1.0"),
    "a status as its input": (
        changed(
            root=DOCUMENT["root"] | {"inputDefinitions": {"parameters": {"s": {"parameterType": "TASK_FINAL_STATUS"}}}}
        ),
        "'s' is a PipelineTaskFinalStatus",
    ),
    "components that are not there": (changed(components={}), "'comp-for-loop-1', which is not in components"),
    "executors that are not there": (changed(deploymentSpec={}), "not in deploymentSpec.executors"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_pipeline_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        reading.read(body)


def with_tasks(**tasks: Any) -> bytes:
    named = {
        name: {"componentRef": {"name": "comp-double"}, "taskInfo": {"name": name}, **task}
        for name, task in tasks.items()
    }
    return changed(root={"dag": {"tasks": named}})


def taken(task: str, output: str = "Output") -> dict[str, Any]:
    source = {"taskOutputParameter": {"producerTask": task, "outputParameterKey": output}}
    return {"inputs": {"parameters": {"number": source}}}


def nested(*names: str) -> bytes:
    components = {
        name: {"dag": {"tasks": {"t": {"componentRef": {"name": inner}}}}}
        for name, inner in zip(names, [*names[1:], names[0]], strict=True)
    }
    return changed(components=DOCUMENT["components"] | components)


LOOSE = {
    "a circle": (with_tasks(a=taken("b"), b=taken("a")), "wait for each other: "),
    "a task after itself": (with_tasks(a={"dependentTasks": ["a"]}), "wait for each other: a - a"),
    "an unknown task before": (with_tasks(a={"dependentTasks": ["x"]}), "root.dag.tasks.a.dependentTasks names 'x'"),
    "an unknown producer": (with_tasks(a=taken("x")), r"a.inputs.parameters.number comes from task 'x'"),
    "an unknown output": (with_tasks(a={}, b=taken("a", "x")), "'x' of task 'a', which comp-double does not have"),
    "components within each other": (nested("comp-a", "comp-b"), "contain each other in a circle"),
    "a component within itself": (nested("comp-a"), "contain each other in a circle"),
    "a name that is a path": (
        changed(components=DOCUMENT["components"] | {"comp-x": DOCUMENT["components"]["comp-double"] | {
            "outputDefinitions": {"parameters": {"../x": {"parameterType": "STRING"}}}}}),
        "'../x' cannot be a name",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), LOOSE.values(), ids=LOOSE.keys())
def test_what_does_not_hold_together_is_refused_with_the_place(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        reading.read(body)


def test_large_uploads_and_what_unpacks_to_one_are_refused() -> None:
    with pytest.raises(TooLarge, match="larger than 32 MiB"):
        reading.read(b" " * (package.SIZE_LIMIT + 1))
    for body in (
        zipped("pipeline.yaml", bytes(package.SIZE_LIMIT + 1)),
        tarred("p.yaml", bytes(package.SIZE_LIMIT + 1)),
    ):
        with pytest.raises(TooLarge, match="when unpacked"):
            reading.read(body)


def test_yaml_values_are_those_of_json() -> None:
    text = "a: 1\nb: 1.5\nc: true\nd: null\ne: 2024-01-01\nf: '1'\ng: &x {k: v}\nh: *x\n1: one\n"
    assert yaml_text.documents(text) == [
        {
            "a": 1,
            "b": 1.5,
            "c": True,
            "d": None,
            "e": "2024-01-01",
            "f": "1",
            "g": {"k": "v"},
            "h": {"k": "v"},
            "1": "one",
        }
    ]
