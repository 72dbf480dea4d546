from collections.abc import AsyncIterator

import httpx
import pytest

from modelyard.protocols.kserve.errors import render_error
from modelyard.protocols.kserve.routes import ROUTES
from tests.support.gateway import gateway
from tests.support.replicas import RAISE


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(ROUTES, render_error, "linear", "odd") as client:
        yield client


async def test_models_are_listed_and_ready(http: httpx.AsyncClient) -> None:
    names = ["linear", "loading", "many/linear", "many/odd", "odd"]
    assert (await http.get("/v1/models")).json() == {"models": names}
    assert (await http.get("/v1/models/linear")).json() == {"name": "linear", "ready": True}
    assert (await http.get("/v1/models/many/linear")).json() == {"name": "many/linear", "ready": True}


async def test_a_client_may_stay_within_an_endpoint(http: httpx.AsyncClient) -> None:
    assert (await http.get("/endpoints/many/v1/models")).json() == {"models": ["linear", "odd"]}
    assert (await http.get("/endpoints/many/v1/models/linear")).json() == {"name": "linear", "ready": True}
    assert (await http.get("/endpoints/linear/")).json() == {"status": "alive"}
    assert (await http.get("/endpoints/loading/")).status_code == 503
    rows = {"instances": [[1, 2]]}
    for path in ("/endpoints/linear/v1/models/linear", "/endpoints/many/v1/models/linear", "/v1/models/many%2Flinear"):
        answer = await http.post(f"{path}:predict", json=rows)
        assert answer.json() == {"predictions": pytest.approx([8.0])}


async def test_answers_say_who_they_are_from(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/models/linear:predict", json={"instances": [[1, 2]]})
    assert answer.headers["x-model-version"] == "3"
    assert "x-modelyard-revision" not in answer.headers


EVENT = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "here", "ce-type": "asked"}


async def test_an_event_is_answered_as_an_event(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/models/linear:predict", json={"instances": [[1, 2]]}, headers=EVENT)
    assert answer.json() == {"predictions": pytest.approx([8.0])}
    told = {name: value for name, value in answer.headers.items() if name.startswith("ce-") and name != "ce-time"}
    assert told == {
        "ce-specversion": "1.0",
        "ce-id": "7",
        "ce-source": "io.kserve.inference.linear",
        "ce-type": "io.kserve.inference.response",
    }
    event = {"specversion": "1.0", "id": "8", "source": "here", "type": "asked", "data": {"instances": [[1, 2]]}}
    answer = await http.post(
        "/v1/models/linear:predict", json=event, headers={"content-type": "application/cloudevents+json"}
    )
    assert answer.json()["data"] == {"predictions": pytest.approx([8.0])}
    assert answer.json()["id"] == "8"


async def test_a_model_that_there_is_not_is_told_before_anything_is_read(http: httpx.AsyncClient) -> None:
    for path in ("/v1/models/nobody:predict", "/endpoints/nobody/v1/models/nobody:predict", "/endpoints/nobody/"):
        for body, headers in ((b"{", {}), (b"-" * 200_000, {}), (b"{}", EVENT | {"ce-id": ""})):
            answer = await http.post(path, content=body, headers=headers)
            assert (answer.status_code, list(answer.json())) == (404, ["error"])


async def test_a_broken_event_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/models/linear:predict", json={}, headers=EVENT | {"ce-id": ""})
    assert (answer.status_code, answer.json()) == (400, {"error": "The CloudEvent has no 'id'"})


@pytest.mark.parametrize(
    "body",
    [
        {"instances": [[1, 2], [3, 4]]},
        {"inputs": [[1, 2], [3, 4]]},
        {"instances": [{"a": 1, "b": 2}, {"b": 4, "a": 3}]},
    ],
)
async def test_rows_are_lists_in_the_models_order_or_objects(http: httpx.AsyncClient, body: object) -> None:
    answer = await http.post("/v1/models/linear:predict", json=body)
    assert answer.status_code == 200
    assert answer.json() == {"predictions": pytest.approx([8.0, 18.0])}


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("linear:predict", {"instances": [[1, 2, 3]]}, 400, "Column 'a' is missing"),
        ("linear:predict", {"instances": [{"a": 1}]}, 400, "Column 'b' is missing"),
        ("linear:predict", {"dataframe_split": {}}, 400, "exactly one of 'instances', 'inputs'"),
        ("linear:predict", [], 400, "JSON object"),
        ("linear:explain", {"instances": [[1, 2]]}, 501, "explain"),
        ("linear:explain", {}, 400, "exactly one of"),
        ("odd:predict", {"instances": [[RAISE]]}, 500, "The model raised RuntimeError"),
        ("nobody:predict", {"instances": [[1]]}, 404, "no endpoint 'nobody'"),
        ("nobody:predict", {}, 404, "no endpoint 'nobody'"),
        ("nobody:explain", [], 404, "no endpoint 'nobody'"),
        ("loading:predict", {"instances": [[1]]}, 503, "is starting"),
    ],
)
async def test_what_is_wrong_is_one_sentence(
    http: httpx.AsyncClient, path: str, body: object, status: int, words: str
) -> None:
    answer = await http.post(f"/v1/models/{path}", json=body)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert words in answer.json()["error"]


async def test_a_model_that_is_not_ready_is_told_with_503(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/models/loading")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


TENSORS = {"inputs": [{"name": "input-0", "shape": [2, 2], "datatype": "FP64", "data": [[1, 2], [3, 4]]}]}


async def test_the_root_of_an_endpoint_takes_bodies_of_v1_and_v2(http: httpx.AsyncClient) -> None:
    for body in ({"instances": [[1, 2], [3, 4]]}, {"inputs": [[1, 2], [3, 4]]}):
        answer = await http.post("/endpoints/linear/", json=body)
        assert answer.json() == {"predictions": pytest.approx([8.0, 18.0])}
    answer = await http.post("/endpoints/linear/", json=TENSORS | {"id": "mine"})
    told = answer.json()
    assert (told["model_name"], told["model_version"], told["id"]) == ("linear", "3", "mine")
    assert told["outputs"][0]["data"] == pytest.approx([8.0, 18.0])


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([{"name": "a", "datatype": "FP64", "data": [1]}], "missing required field `shape`"),
        ([{"name": "a", "shape": [1], "datatype": "FP65", "data": [1]}], "datatype 'FP65'"),
        (TENSORS["inputs"] * 2, "Two inputs of the request have the same name"),
    ],
)
async def test_what_is_wrong_with_tensors_at_the_root_is_one_sentence(
    http: httpx.AsyncClient, inputs: object, words: str
) -> None:
    answer = await http.post("/endpoints/linear/", json={"inputs": inputs})
    assert answer.status_code == 400
    assert words in answer.json()["error"]
