from collections.abc import AsyncIterator

import httpx
import pytest

import modelyard
from modelyard.protocols.oip.errors import render_error
from modelyard.protocols.oip.routes import ROUTES
from tests.support.gateway import gateway
from tests.support.replicas import RAISE, WAIT, shared

MATRIX = {"name": "input-0", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4]}
COLUMN = {"name": "a", "shape": [1], "datatype": "FP64", "data": [2]}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(ROUTES, render_error, "linear", "odd") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2", {"name": "modelyard", "version": modelyard.__version__, "extensions": []}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models", {"models": ["linear", "loading", "odd"]}),
        ("/v2/models/linear/ready", {"name": "linear", "ready": True}),
        ("/v2/models/linear/versions/3/ready", {"name": "linear", "ready": True}),
    ],
)
async def test_what_is_there_is_told(http: httpx.AsyncClient, path: str, body: object) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()) == (200, body)


@pytest.mark.parametrize("path", ["/v2/models/linear", "/v2/models/linear/versions/3"])
async def test_metadata_is_the_signature(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).json() == {
        "name": "linear",
        "versions": ["3"],
        "platform": "mlflow_sklearn",
        "inputs": [
            {"name": "a", "datatype": "FP64", "shape": [-1]},
            {"name": "b", "datatype": "FP64", "shape": [-1]},
        ],
        "outputs": [{"name": "output-0", "datatype": "FP64", "shape": [-1]}],
    }


@pytest.mark.parametrize("path", ["/v2/models/linear/infer", "/v2/models/linear/versions/3/infer"])
async def test_a_prediction_echoes_its_id(http: httpx.AsyncClient, path: str) -> None:
    request = {"id": "mine", "parameters": {"binary_data_output": True}, "inputs": [MATRIX]}
    answer = await http.post(path, json=request)
    body = answer.json()
    (output,) = body.pop("outputs")
    assert (answer.status_code, body) == (200, {"model_name": "linear", "model_version": "3", "id": "mine"})
    assert output.pop("data") == pytest.approx([8.0, 18.0])
    assert output == {"name": "output-0", "datatype": "FP64", "shape": [2]}


async def test_an_id_is_made_up_where_there_is_none(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/linear/infer", json={"inputs": [MATRIX]})
    assert answer.json()["id"] == answer.headers["x-request-id"]


async def test_only_the_wanted_outputs_are_answered(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/odd/infer", json={"inputs": [COLUMN], "outputs": [{"name": "label"}]})
    assert answer.json()["outputs"] == [{"name": "label", "shape": [1], "datatype": "BYTES", "data": ["x"]}]


def one_input(**changes: object) -> dict[str, object]:
    return {"inputs": [COLUMN | changes]}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "missing required field `inputs`"),
        ({"inputs": []}, 400, "no inputs"),
        ({"inputs": [{"name": "a"}]}, 400, "$.inputs[0]"),
        ({"inputs": [COLUMN, COLUMN]}, 400, "same name"),
        (one_input(datatype="FLOAT"), 400, "datatype 'FLOAT'"),
        (one_input(shape=[-1]), 400, "cannot be negative"),
        (one_input(shape=[2]), 400, "'a' says shape [2]"),
        (one_input(shape=[2**62, 2**62]), 400, "'a' says shape"),
        (one_input(name="c"), 400, "Column 'a' is missing"),
        (one_input(data=["x"]), 400, "'a' is no array"),
        (one_input(data=None), 400, "has no data"),
        (one_input(data=None, parameters={"binary_data_size": 8}), 501, "binary_data=False"),
        ({"inputs": [COLUMN], "outputs": [{"name": "nothing"}]}, 400, "no output 'nothing'"),
        (one_input(data=[RAISE]), 500, "The model raised RuntimeError"),
    ],
)
async def test_what_is_wrong_is_one_sentence(http: httpx.AsyncClient, body: object, status: int, words: str) -> None:
    answer = await http.post("/v2/models/odd/infer", json=body)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert words in answer.json()["error"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b'{"inputs": ' + b"[" * 40_000])
async def test_a_body_that_is_no_request_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/v2/models/odd/infer", content=body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/nobody", 404),
        ("GET", "/v2/models/nobody/ready", 404),
        ("GET", "/v2/models/linear/versions/2/ready", 404),
        ("POST", "/v2/models/linear/versions/2/infer", 404),
        ("GET", "/v2/models/loading/ready", 503),
        ("POST", "/v2/models/loading/infer", 503),
        ("DELETE", "/v2/models/linear", 405),
    ],
)
async def test_what_is_not_there_says_so(http: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await http.request(method, path, json={"inputs": [MATRIX]})
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_binary_requests_are_refused_until_they_are_spoken(http: httpx.AsyncClient) -> None:
    headers = {"Inference-Header-Content-Length": "2"}
    answer = await http.post("/v2/models/linear/infer", content=b"{}", headers=headers)
    assert answer.status_code == 501


async def test_a_body_over_the_limit_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/linear/infer", content=b" " * 100_001)
    assert answer.status_code == 413


async def test_a_model_that_takes_too_long_is_not_waited_for(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/odd/infer", json=one_input(data=[WAIT]))
    try:
        assert (answer.status_code, answer.json()) == (504, {"error": "The model did not answer within 1 s"})
    finally:
        (shared("odd") / "go").touch()
        assert (await http.post("/v2/models/odd/infer", json=one_input())).status_code == 200
        (shared("odd") / "go").unlink()
