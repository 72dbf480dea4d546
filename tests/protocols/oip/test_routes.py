import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

import modelyard
from modelyard.protocols.oip.errors import render_error
from modelyard.protocols.oip.health import EXTENSIONS
from modelyard.protocols.oip.routes import ROUTES
from modelyard.protocols.oip.state import OipState
from modelyard.serving.dataplane import DataPlane, Limits
from tests.protocols.oip.conftest import opened
from tests.support.gateway import gateway
from tests.support.replicas import RAISE, WAIT, shared
from tests.support.shelf import Shelf

MATRIX = {"name": "input-0", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4]}
COLUMN = {"name": "a", "shape": [1], "datatype": "FP64", "data": [2]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2", {"name": "modelyard", "version": modelyard.__version__, "extensions": list(EXTENSIONS)}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models", {"models": ["linear", "loading", "many/linear", "many/odd", "many/tensor", "odd", "tensor"]}),
        ("/v2/models/many/linear/ready", {"name": "many/linear", "ready": True}),
        ("/v2/models/many%2Flinear/ready", {"name": "many/linear", "ready": True}),
        ("/endpoints/many/v2/models", {"models": ["linear", "odd", "tensor"]}),
        ("/endpoints/many/v2/models/linear/ready", {"name": "linear", "ready": True}),
        ("/endpoints/linear/v2/models", {"models": ["linear"]}),
        ("/endpoints/linear/v2/models/linear/versions/3/ready", {"name": "linear", "ready": True}),
        ("/endpoints/linear/v2/health/ready", {"ready": True}),
        ("/endpoints/linear/v2/health/live", {"live": True}),
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


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v2/models/linear/infer", "linear"),
        ("/v2/models/linear/versions/3/infer", "linear"),
        ("/v2/models/many/linear/infer", "many/linear"),
        ("/v2/models/many%2Flinear/versions/3/infer", "many/linear"),
        ("/endpoints/linear/v2/models/linear/infer", "linear"),
        ("/endpoints/many/v2/models/linear/infer", "linear"),
        ("/endpoints/many/v2/models/linear/versions/3/infer", "linear"),
    ],
)
async def test_a_prediction_echoes_its_id(http: httpx.AsyncClient, path: str, name: str) -> None:
    answer = await http.post(path, json={"id": "mine", "inputs": [MATRIX]})
    body = answer.json()
    (output,) = body.pop("outputs")
    assert (answer.status_code, body) == (200, {"model_name": name, "model_version": "3", "id": "mine"})
    assert answer.headers["x-model-version"] == "3"
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
        (one_input(data=None, parameters={"shared_memory_region": "r"}), 501, "shared memory"),
        (one_input(parameters={"content_type": "cbor"}), 400, "content_type 'cbor'"),
        ({"inputs": [COLUMN], "parameters": {"content_type": "pdf"}}, 400, "The request has the content_type 'pdf'"),
        ({"inputs": [COLUMN], "parameters": {"timeout": -1}}, 400, "microseconds over 0"),
        (
            {"inputs": [COLUMN], "outputs": [{"name": "value", "parameters": {"classification": 3}}]},
            501,
            "as classes",
        ),
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


@pytest.mark.parametrize("body", [b"{", b'{"inputs": []}', b"-" * 200_000])
@pytest.mark.parametrize("path", ["nobody", "linear/versions/2", "many/nothing"])
async def test_a_model_that_there_is_not_is_told_before_its_request_is_read(
    http: httpx.AsyncClient, path: str, body: bytes
) -> None:
    for headers in ({}, {"inference-header-content-length": "0"}, {"inference-header-content-length": "x"}):
        answer = await http.post(f"/v2/models/{path}/infer", content=body, headers=headers)
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


@pytest.mark.parametrize("path", ["/v2/models/coming", "/v2/models/coming/versions/3", "/v2/models/coming/config"])
async def test_what_is_told_of_a_model_is_held_while_it_is_loaded(path: str) -> None:
    """As predictions are, also one whose body says nothing of the model; whether it is ready is told at once."""
    planes: list[DataPlane] = []

    def state(plane: DataPlane) -> OipState:
        planes.append(plane)
        return OipState(plane, Shelf(plane.directory))

    async with gateway(ROUTES, render_error, "linear", state=state, limits=Limits(hold=60.0)) as http:
        (plane,) = planes
        plane.directory.hold("coming", "Endpoint 'coming' is starting; try again shortly")
        told = asyncio.create_task(http.get(path, timeout=60))
        raw = asyncio.create_task(
            http.post("/v2/models/coming/infer", content=b"x", headers={"inference-header-content-length": "0"})
        )
        assert (await http.get("/v2/models/coming/ready")).status_code == 503
        impatient = await http.get(path, headers={"x-request-timeout": "0.01"})
        assert (impatient.status_code, impatient.headers["retry-after"]) == (503, "1")
        done, _ = await asyncio.wait({told, raw}, timeout=0.05)
        assert not done
        route = plane.directory.route("linear")
        assert route is not None
        plane.directory.publish("coming", route.stable)
        assert (await told).json()["name"] == "coming"
        assert "takes 2" in (await raw).json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/nobody", 404),
        ("GET", "/v2/models/loading", 503),
        ("GET", "/v2/models/loading/config", 503),
        ("GET", "/v2/models/nobody/ready", 404),
        ("GET", "/v2/models/linear/versions/2/ready", 404),
        ("POST", "/v2/models/linear/versions/2/infer", 404),
        ("GET", "/v2/models/loading/ready", 503),
        ("GET", "/endpoints/loading/v2/health/ready", 503),
        ("GET", "/endpoints/nobody/v2/health/ready", 404),
        ("GET", "/endpoints/linear/v2/models/odd", 404),
        ("GET", "/v2/models/many/nothing", 404),
        ("GET", "/v2/nothing", 404),
        ("GET", "/v2/models/linear/infer/extra/more/and/more", 404),
        ("GET", "/v2/models/linear/infer", 405),
        ("POST", "/v2/models/loading/infer", 503),
        ("DELETE", "/v2/models/linear", 405),
    ],
)
async def test_what_is_not_there_says_so(http: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await http.request(method, path, json={"inputs": [MATRIX]})
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"sequence_id": 7, "sequence_start": True, "priority": 2, "timeout": 60_000_000, "headers": {}},
        {"triton_enable_empty_final_response": True, "mine": "x"},
        {"content_type": "pd"},
        {"content_type": None},
    ],
)
async def test_parameters_that_mean_nothing_here_are_tolerated(http: httpx.AsyncClient, parameters: object) -> None:
    answer = await http.post("/v2/models/odd/infer", json={"inputs": [COLUMN], "parameters": parameters})
    assert answer.status_code == 200


async def test_nan_as_python_writes_it_is_read(http: httpx.AsyncClient) -> None:
    """And null is the same: JSON has no other word for it."""
    body = b'{"inputs": [{"name": "a", "shape": [2], "datatype": "FP64", "data": [%s, 2.0]}]}'
    for word in (b"NaN", b"null"):
        answer = await http.post("/v2/models/odd/infer", content=body % word)
        assert answer.json()["outputs"][0]["data"] == [None, 2.0]


async def test_statistics_are_of_a_model_of_an_endpoint_or_of_all(http: httpx.AsyncClient) -> None:
    async def counted(path: str) -> dict[str, int]:
        told = (await http.get(path)).json()["model_stats"]
        return {one["name"]: one["inference_count"] for one in told}

    assert (await http.post("/v2/models/many/linear/infer", json={"inputs": [MATRIX]})).status_code == 200
    assert await counted("/v2/models/many/linear/stats") == {"many/linear": 1}
    assert await counted("/v2/models/many/linear/versions/3/stats") == {"many/linear": 1}
    assert await counted("/endpoints/many/v2/models/linear/stats") == {"linear": 1}
    assert await counted("/endpoints/many/v2/models/stats") == {"linear": 1, "odd": 0, "tensor": 0}
    assert (await counted("/v2/models/stats"))["linear"] == 0
    for path, status in (("loading", 503), ("nobody", 404), ("linear/versions/7", 404)):
        answer = await http.get(f"/v2/models/{path}/stats")
        assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_triton_configuration_is_made_of_the_signature(http: httpx.AsyncClient) -> None:
    said = (await http.get("/v2/models/odd/config")).json()
    assert said["input"] == [{"name": "a", "data_type": "TYPE_FP64", "dims": [-1]}]
    assert [one["data_type"] for one in said["output"]] == ["TYPE_FP64", "TYPE_STRING"]
    assert said["max_batch_size"] == 0


EVENT = {"ce-specversion": "1.0", "ce-id": "event-7", "ce-source": "here", "ce-type": "asked"}


async def test_an_event_is_answered_as_an_event(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/linear/infer", json={"inputs": [MATRIX]}, headers=EVENT)
    assert answer.headers["ce-id"] == "event-7"
    assert answer.headers["ce-source"] == "io.kserve.inference.linear"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["outputs"][0]["data"] == pytest.approx([8.0, 18.0])
    structured = {"specversion": "1.0", "id": "8", "source": "here", "type": "asked", "data": {"inputs": [MATRIX]}}
    answer = await http.post(
        "/v2/models/linear/infer", json=structured, headers={"content-type": "application/cloudevents+json"}
    )
    assert answer.headers["content-type"] == "application/cloudevents+json"
    assert answer.json()["data"]["model_name"] == "linear"


@pytest.mark.parametrize(
    "headers", [{"x-modelyard-revision": "x"}, {"x-request-timeout": "-1"}, {"x-prediction-id": "a b"}]
)
async def test_hints_that_make_no_sense_are_refused(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await http.post("/v2/models/linear/infer", json={"inputs": [MATRIX]}, headers=headers)
    assert answer.status_code == 400
    assert next(iter(headers)) in answer.json()["error"]


@pytest.fixture
async def released(http: httpx.AsyncClient) -> AsyncIterator[None]:
    """Afterwards the model waits no longer, and for whoever comes next it is as if it never had."""
    yield
    (shared("odd") / "go").touch()
    assert (await http.post("/v2/models/odd/infer", json=one_input())).status_code == 200
    for name in ("go", "waiting"):
        (shared("odd") / name).unlink(missing_ok=True)


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize("hint", [{"headers": {"x-request-timeout": "0.05"}}, {"parameters": {"timeout": 50_000}}])
async def test_a_caller_may_be_in_more_of_a_hurry_than_the_server(
    http: httpx.AsyncClient, hint: dict[str, dict[str, object]]
) -> None:
    headers = {key: str(value) for key, value in hint.get("headers", {}).items()}
    body = one_input(data=[WAIT]) | {"parameters": hint.get("parameters", {})}
    answer = await http.post("/v2/models/odd/infer", json=body, headers=headers)
    assert answer.status_code == 504
    assert "0.05 s" in answer.json()["error"]


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_body_is_unpacked(
    http: httpx.AsyncClient, encoding: str, packed: Callable[[bytes], bytes]
) -> None:
    body = packed(json.dumps({"inputs": [MATRIX]}).encode())
    answer = await http.post("/v2/models/linear/infer", content=body, headers={"content-encoding": encoding})
    assert answer.status_code == 200
    assert answer.json()["outputs"][0]["data"] == pytest.approx([8.0, 18.0])


@pytest.mark.parametrize(
    ("encoding", "content", "status", "words"),
    [
        ("br", b"x", 415, "'br' is not read"),
        ("gzip", b"x", 400, "not what its Content-Encoding 'gzip' says"),
        ("gzip", gzip.compress(b"{}")[:-1], 400, "ends early"),
        ("gzip", gzip.compress(b"{}") + b"more", 400, "goes on"),
        ("gzip", gzip.compress(bytes(100_001)), 413, "100000 bytes when unpacked"),
        ("deflate", zlib.compress(bytes(50 << 20)), 413, "of 100000 bytes"),
    ],
    ids=["another encoding", "no gzip", "half of it", "more behind it", "too large when unpacked", "a bomb"],
)
async def test_a_body_that_cannot_be_unpacked_is_refused(
    http: httpx.AsyncClient, encoding: str, content: bytes, status: int, words: str
) -> None:
    answer = await http.post("/v2/models/linear/infer", content=content, headers={"content-encoding": encoding})
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_only_what_tells_nothing_of_models_is_public() -> None:
    public = {route.path for route in ROUTES if route.action == "public"}
    assert public == {
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/endpoints/{endpoint}/v2",
        "/endpoints/{endpoint}/v2/health/live",
    }


async def test_a_body_over_the_limit_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/linear/infer", content=b" " * 100_001)
    assert answer.status_code == 413


@pytest.mark.usefixtures("released")
async def test_a_model_that_takes_too_long_is_not_waited_for() -> None:
    async with opened("odd", limits=Limits(timeout=1.0)) as hasty:
        answer = await hasty.post("/v2/models/odd/infer", json=one_input(data=[WAIT]))
    assert (answer.status_code, answer.json()) == (504, {"error": "The model did not answer within 1 s"})


@pytest.mark.parametrize("parameters", [{"limit": 2}, {"limit": 2, "timeout": 9_000_000, "mine": [None]}])
async def test_parameters_that_the_signature_knows_are_the_models(parameters: object) -> None:
    prompt = {"name": "prompt", "datatype": "BYTES", "shape": [1], "data": ["a b c"]}
    async with opened("talking") as http:
        answer = await http.post("/v2/models/talking/infer", json={"inputs": [prompt], "parameters": parameters})
        assert answer.json()["outputs"][0]["data"] == ["a b"]
        wrong = await http.post("/v2/models/talking/infer", json={"inputs": [prompt], "parameters": {"limit": "x"}})
        assert wrong.status_code == 400
        assert "limit" in wrong.json()["error"]
