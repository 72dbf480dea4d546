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
    assert (await http.get("/v1/models")).json() == {"models": ["linear", "loading", "odd"]}
    assert (await http.get("/v1/models/linear")).json() == {"name": "linear", "ready": True}


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
        ("odd:predict", {"instances": [[RAISE]]}, 500, "The model raised RuntimeError"),
        ("nobody:predict", {"instances": [[1]]}, 404, "no endpoint 'nobody'"),
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
