"""A replica as a whole: the real program, real models, the real client."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput, PredictionFailed
from modelyard.formats import inference
from modelyard.formats.inference import Form, InferenceRequest, Tensor
from modelyard.serving import launch
from modelyard.serving.replica_client import Prediction, Probe, ReplicaClient
from tests.support.conditions import until
from tests.support.replicas import LOADING, RAISE, UNWRITABLE, WAIT, asking, plan, running, shared, start, zygote
from tests.support.saved_models import saved

SECONDS = 180.0
LOST = 180.0


@pytest.fixture
async def clients() -> AsyncIterator[dict[str, ReplicaClient]]:
    names = ("linear", "mixed", "tensor", "bare")
    async with asking(*names) as found:
        yield dict(zip(names, found, strict=True))


@pytest.fixture
async def odd() -> AsyncIterator[ReplicaClient]:
    async with asking("odd") as (client,):
        yield client


def asked(body: str, *, positional: bool = False) -> InferenceRequest:
    return inference.parse_json(body.encode(), positional=positional)


def tensors(*parts: tuple[str, str, tuple[int, ...], str]) -> InferenceRequest:
    return InferenceRequest(Form.TENSORS, tensors=tuple(Tensor(n, d, s, data.encode()) for n, d, s, data in parts))


FORMS = [
    ("linear", asked('{"dataframe_split": {"columns": ["b", "a"], "data": [[1, 2], [0.5, 10]]}}'), [7.0, 21.5]),
    ("linear", asked('{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]], "index": [9]}}'), [8.0]),
    ("linear", asked('{"dataframe_records": [{"a": 1, "b": 2, "extra": "x"}]}'), [8.0]),
    ("linear", asked('{"dataframe_records": [{"a": "1.5", "b": 2}]}'), [9.0]),
    ("linear", asked('{"instances": [{"a": 1, "b": 2}, {"b": 0, "a": 100}]}'), [8.0, 200.0]),
    ("linear", asked('{"instances": [[1, 2], [3, 4]]}', positional=True), [8.0, 18.0]),
    ("linear", asked('{"inputs": {"a": [1, 0], "b": [2, 1]}}'), [8.0, 3.0]),
    ("linear", asked('{"inputs": {"a": 1, "b": 2}}'), [8.0]),
    ("linear", inference.parse_csv(b"b,a\n1,2\n0.5,10\n"), [7.0, 21.5]),
    ("mixed", asked('{"dataframe_records": [{"n": 3, "price": 2, "city": "Rome"}]}'), [105.0]),
    ("mixed", asked('{"dataframe_records": [{"n": 3.0, "price": 2, "city": "Oslo"}]}'), [5.0]),
    ("mixed", asked('{"dataframe_records": [{"n": true, "price": 2, "city": "Oslo"}]}'), [3.0]),
    ("mixed", inference.parse_csv(b"n,price,city\n3,2,Rome\n"), [105.0]),
    ("tensor", asked('{"instances": [[1, 2], [3, 4]]}'), [8.0, 18.0]),
    ("tensor", asked('{"inputs": [[1, 2]]}'), [8.0]),
    ("bare", asked('{"instances": [[1, 2]]}'), [8.0]),
    ("bare", asked('{"dataframe_split": {"data": [[1, 2]]}}'), [8.0]),
]


@pytest.mark.parametrize(("model", "request_", "expected"), FORMS)
async def test_every_form_reaches_the_model(
    clients: dict[str, ReplicaClient], model: str, request_: InferenceRequest, expected: list[float]
) -> None:
    answer = await clients[model].infer(request_, SECONDS)
    assert json.loads(answer.predictions) == pytest.approx(expected)


TENSORS = [
    ("linear", tensors(("a", "FP64", (2,), "[1, 3]"), ("b", "INT64", (2,), "[2, 4]"))),
    ("linear", tensors(("b", "FP32", (2, 1), "[[2], [4]]"), ("a", "FP64", (2, 1), "[1, 3]"))),
    ("linear", tensors(("input-0", "FP64", (2, 2), "[1, 2, 3, 4]"))),
    ("tensor", tensors(("input-0", "FP64", (2, 2), "[[1, 2], [3, 4]]"))),
    ("tensor", tensors(("anything", "INT32", (2, 2), "[1, 2, 3, 4]"))),
    ("bare", tensors(("x", "FP64", (2, 2), "[1, 2, 3, 4]"))),
]


@pytest.mark.parametrize(("model", "request_"), TENSORS)
async def test_tensors_are_columns_by_name_or_one_matrix(
    clients: dict[str, ReplicaClient], model: str, request_: InferenceRequest
) -> None:
    (output,) = (await clients[model].infer(request_, SECONDS)).outputs
    assert (output.name, output.datatype, output.shape) == ("output-0", "FP64", (2,))
    assert json.loads(output.data) == pytest.approx([8.0, 18.0])


async def test_texts_travel_as_bytes_tensors(clients: dict[str, ReplicaClient]) -> None:
    request = tensors(("n", "INT64", (1,), "[3]"), ("price", "FP64", (1,), "[2]"), ("city", "BYTES", (1,), '["Rome"]'))
    (output,) = (await clients["mixed"].infer(request, SECONDS)).outputs
    assert json.loads(output.data) == pytest.approx([105.0])


REFUSED = [
    ("linear", asked('{"dataframe_records": [{"a": 1}]}'), "Column 'b' is missing"),
    ("linear", asked('{"instances": [[1, 2]]}'), "Column 'a' is missing.*no column names"),
    ("linear", asked('{"instances": [[1, 2, 3]]}', positional=True), "Column 'a' is missing"),
    ("linear", asked('{"dataframe_records": [{"a": 1, "b": "x"}]}'), "Column 'b' must be double.*'x'"),
    ("linear", asked('{"dataframe_records": [{"a": 1, "b": null}]}'), "contains NaN"),
    ("linear", asked('{"dataframe_records": [[1, 2]]}'), "list of objects"),
    ("linear", asked('{"dataframe_records": []}'), "Column 'a' is missing"),
    ("linear", asked('{"dataframe_split": [[1, 2]]}'), "'dataframe_split' must be"),
    ("linear", asked('{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}'), "does not make a table"),
    (
        "linear",
        asked('{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4]], "index": [1]}}'),
        "make a table",
    ),
    ("linear", asked('{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}'), "'a' appears more than once"),
    ("linear", asked('{"instances": {"a": 1}}'), "'instances' must be a list"),
    ("linear", asked('{"instances": 3}'), "'instances' must be a list"),
    ("linear", asked('{"inputs": 3}'), "table"),
    ("linear", asked('{"inputs": {"a": [1], "b": [1, 2]}}'), "table"),
    ("linear", asked('{"inputs": {"a": [[1, 2]], "b": [1]}}'), "'a' must be double"),
    ("linear", InferenceRequest(Form.INPUTS, b'{"a": "\xff"}'), "not valid JSON"),
    ("linear", inference.parse_csv(b"a,b\n1,2\n1,2,3,4\n"), "CSV cannot be read.*line 3"),
    ("linear", inference.parse_csv(b"a,b\n1,zwei\n"), "Column 'b' must be double.*'zwei'"),
    ("mixed", asked('{"dataframe_records": [{"n": 1.5, "price": 2, "city": "Rome"}]}'), "'n' must be int64: 1.5"),
    ("mixed", asked('{"dataframe_records": [{"n": null, "price": 2, "city": "Rome"}]}'), "'n'.*null in row 0"),
    ("mixed", asked('{"dataframe_records": [{"n": 1, "price": 2, "city": 4}]}'), "unknown categories.*4"),
    ("mixed", asked('{"dataframe_records": [{"n": 1, "price": 2, "city": 4.5}]}'), "column city"),
    ("mixed", asked('{"dataframe_records": [{"n": 1, "price": 2, "city": "Paris"}]}'), "unknown categories.*Paris"),
    ("tensor", asked('{"instances": [[1, 2], [3]]}'), "no array of float64"),
    ("tensor", asked('{"instances": [[1, 2, 3]]}'), "shape"),
    ("tensor", asked('{"inputs": {"a": [1], "b": [1]}}'), "one tensor without a name"),
    ("bare", asked('{"instances": [[1, 2, 3]]}'), "3 features"),
    ("linear", tensors(("a", "FP64", (2,), "[1]"), ("b", "FP64", (2,), "[1, 2]")), "'a' says shape"),
    ("linear", tensors(("a", "INT64", (1,), "[1.5]"), ("b", "FP64", (1,), "[1]")), "'a' is no array of int64"),
    ("linear", tensors(("a", "UINT8", (1,), "[300]"), ("b", "FP64", (1,), "[1]")), "'a' is no array of uint8"),
    ("linear", tensors(("a", "FP64", (1,), '["x"]'), ("b", "FP64", (1,), "[1]")), "'a' is no array of float64"),
    ("linear", tensors(("a", "FP64", (1,), "[1]")), "Column 'b' is missing"),
    ("linear", tensors(("input-0", "FP64", (1, 3), "[1, 2, 3]")), "Column 'a' is missing"),
]


@pytest.mark.parametrize(("model", "request_", "words"), REFUSED)
async def test_what_a_model_cannot_take_is_the_callers_mistake(
    clients: dict[str, ReplicaClient], model: str, request_: InferenceRequest, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        await clients[model].infer(request_, SECONDS)
    assert "Traceback" not in caught.value.message


async def test_a_probe_predicts_the_logged_example(clients: dict[str, ReplicaClient]) -> None:
    assert await clients["linear"].probe(SECONDS) == Probe("serving_input_example.json", 3)
    assert await clients["bare"].probe(SECONDS) == Probe(None, 0)


async def test_a_replica_says_what_it_is(clients: dict[str, ReplicaClient]) -> None:
    linear, bare = await clients["linear"].describe(), await clients["bare"].describe()
    assert (linear.has_signature, bare.has_signature) == (True, False)
    assert linear.python == ".".join(map(str, sys.version_info[:3]))


def wants(value: float) -> InferenceRequest:
    return asked(f'{{"inputs": {{"a": [{value}]}}}}')


async def test_what_the_model_raises_is_told_without_its_traceback(odd: ReplicaClient) -> None:
    with pytest.raises(PredictionFailed, match=r"^The model raised RuntimeError: thirteen is not served$"):
        await odd.infer(wants(RAISE), SECONDS)
    assert any("in predict" in line for line in (shared("odd") / "log").read_text().splitlines())


async def test_an_answer_without_a_form_in_json_is_the_models_fault(odd: ReplicaClient) -> None:
    with pytest.raises(PredictionFailed, match="answered with object"):
        await odd.infer(wants(UNWRITABLE), SECONDS)


async def test_a_frame_is_answered_as_records_with_null_for_nan(odd: ReplicaClient) -> None:
    answer = await odd.infer(asked('{"inputs": {"a": [2, 0]}}'), SECONDS)
    assert json.loads(answer.predictions) == [{"value": 2.0, "label": "x"}, {"value": None, "label": "x"}]


async def test_a_frame_is_answered_as_a_tensor_for_each_column(odd: ReplicaClient) -> None:
    answer = await odd.infer(tensors(("a", "FP64", (2,), "[2, 0]")), SECONDS)
    assert [(t.name, t.datatype, t.shape, t.data) for t in answer.outputs] == [
        ("value", "FP64", (2,), b"[2.0, null]"),
        ("label", "BYTES", (2,), b'["x", "x"]'),
    ]


@pytest.mark.parametrize(
    ("model", "reason", "words"),
    [("broken", "MissingModule", "'a_module_nobody_has'"), ("empty", "LoadFailed", "MLmodel")],
)
async def test_a_model_that_cannot_be_loaded_says_why(tmp_path: Path, model: str, reason: str, words: str) -> None:
    async with zygote():
        process = await start(model, tmp_path)
        failure = launch.failure(await process.wait(), process.tail(50))
    assert (failure.reason, failure.exit_code) == (reason, 3)
    assert words in failure.message


async def test_the_running_request_is_answered_after_sigterm() -> None:
    async with running("odd") as replica:
        request = asyncio.create_task(replica.client.infer(wants(WAIT), SECONDS))
        await until((replica.home / "waiting").exists)
        os.kill(replica.process.pid, signal.SIGTERM)
        (replica.home / "go").touch()
        answer: Prediction = await request
        assert json.loads(answer.predictions)[0]["value"] == WAIT
        assert await replica.process.wait() == 0


ORPHANING = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.read()
"""


async def test_a_replica_ends_with_the_process_that_started_it() -> None:
    with tempfile.TemporaryDirectory(prefix="yard-") as home:
        command = launch.command(Path(sys.executable), plan(saved() / "linear", Path(home)))
        parent = subprocess.Popen(  # noqa: ASYNC220 - to be killed, not waited for
            [sys.executable, "-c", ORPHANING, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with parent:
            assert parent.stdout is not None
            child = os.pidfd_open(int(parent.stdout.readline()))
            client = ReplicaClient(Path(home) / "socket")
            try:
                await client.until_listening(LOADING)
                parent.kill()
                assert select.select([child], [], [], LOST)[0], "the replica outlived its parent"
            finally:
                client.close()
                os.close(child)


async def test_the_model_has_an_empty_stdin(clients: dict[str, ReplicaClient]) -> None:
    pid = (await clients["linear"].describe()).pid
    assert os.readlink(f"/proc/{pid}/fd/0") == os.devnull  # noqa: PTH115


async def test_an_unknown_operation_is_refused(clients: dict[str, ReplicaClient]) -> None:
    with pytest.raises(InvalidInput, match="no operation 99"):
        await clients["linear"]._ask(99, b"", b"", SECONDS)
