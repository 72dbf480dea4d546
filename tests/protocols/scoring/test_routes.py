import json
from collections.abc import AsyncIterator

import httpx
import mlflow.version
import pytest

from modelyard.domain.errors import Overloaded
from modelyard.protocols.scoring.errors import render_error
from modelyard.protocols.scoring.routes import ROUTES
from tests.support.gateway import gateway
from tests.support.replicas import RAISE

JSON = {"content-type": "application/json"}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(ROUTES, render_error, "linear", "odd") as client:
        yield client


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}}'),
        ("application/json; charset=utf-8", '{"dataframe_records": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}'),
        ("Application/JSON;charset=UTF-8", '{"inputs": {"a": [1, 3], "b": [2, 4]}}'),
        ("application/json", '{"instances": [{"a": 1, "b": 2}, {"a": 3, "b": 4, "extra": 1}], "params": {"k": 1}}'),
        ("text/csv", "a,b\n1,2\n3,4\n"),
        ("text/csv; charset=utf-8", "b,a\n2,1\n4,3\n"),
    ],
)
async def test_every_form_of_the_scoring_protocol_is_read(
    http: httpx.AsyncClient, content_type: str, body: str
) -> None:
    answer = await http.post("/endpoints/linear/invocations", content=body, headers={"content-type": content_type})
    assert answer.status_code == 200
    assert answer.json() == {"predictions": pytest.approx([8.0, 18.0])}


async def test_one_of_an_endpoints_models_may_be_asked(http: httpx.AsyncClient) -> None:
    answer = await http.post("/endpoints/many/linear/invocations", json={"dataframe_records": [{"a": 1, "b": 2}]})
    assert answer.json() == {"predictions": pytest.approx([8.0])}
    assert answer.headers["x-model-version"] == "3"
    assert (await http.get("/endpoints/many/linear/ping")).status_code == 200


async def test_a_parquet_file_must_be_one(http: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/vnd.apache.parquet"}
    for body in (b"", b"PAR1", b"PAR1 is not all", b"a,b\n1,2\n"):
        answer = await http.post("/endpoints/linear/invocations", content=body, headers=headers)
        assert answer.status_code == 400
        assert "not a Parquet file" in answer.json()["message"]


async def test_hints_are_read(http: httpx.AsyncClient) -> None:
    headers = {"x-modelyard-revision": "no"}
    answer = await http.post("/endpoints/linear/invocations", json={"inputs": [[1]]}, headers=headers)
    assert answer.status_code == 400
    assert "x-modelyard-revision" in answer.json()["message"]


@pytest.mark.parametrize("path", ["ping", "health"])
async def test_health_and_version_are_mlflows(http: httpx.AsyncClient, path: str) -> None:
    ping = await http.get(f"/endpoints/linear/{path}")
    assert (ping.status_code, ping.text) == (200, "\n")
    assert (await http.get("/endpoints/loading/ping")).status_code == 503
    assert (await http.get("/endpoints/linear/version")).text == mlflow.version.VERSION


@pytest.mark.parametrize(
    ("endpoint", "body", "status", "code", "words"),
    [
        ("linear", '{"dataframe_records": [{"a": 1}]}', 400, "BAD_REQUEST", "Column 'b' is missing"),
        ("linear", '{"dataframe_records": [{"a": 1, "b": "x"}]}', 400, "BAD_REQUEST", "Column 'b' must be double"),
        ("linear", '{"dataframe_records": [{"a": 1, "b": null}]}', 400, "BAD_REQUEST", "NaN"),
        ("linear", '{"instances": [[1, 2]]}', 400, "BAD_REQUEST", "no column names"),
        ("linear", '{"instances": [[1]], "inputs": [[1]]}', 400, "BAD_REQUEST", "exactly one of"),
        ("linear", "[[1, 2]]", 400, "BAD_REQUEST", "JSON object"),
        ("linear", "{", 400, "BAD_REQUEST", "not valid JSON"),
        ("odd", f'{{"inputs": {{"a": [{RAISE}]}}}}', 500, "INTERNAL_ERROR", "The model raised RuntimeError"),
        ("nobody", '{"inputs": [1]}', 404, "RESOURCE_DOES_NOT_EXIST", "no endpoint"),
        ("nobody", "{", 404, "RESOURCE_DOES_NOT_EXIST", "no endpoint"),
        ("loading", '{"inputs": [1]}', 503, "TEMPORARILY_UNAVAILABLE", "starting"),
    ],
)
async def test_errors_carry_mlflows_codes(
    http: httpx.AsyncClient, endpoint: str, body: str, status: int, code: str, words: str
) -> None:
    answer = await http.post(f"/endpoints/{endpoint}/invocations", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.json().keys() == {"error_code", "message"}
    assert answer.json()["error_code"] == code
    assert words in answer.json()["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json; version=2"},
        {"content-type": "application/json", "content-encoding": "br"},
    ],
)
async def test_another_media_type_is_refused_in_plain_text(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await http.post("/endpoints/linear/invocations", content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.headers["content-type"].startswith("text/plain")
    assert (await http.post("/endpoints/nobody/invocations", content=b"{}", headers=headers)).status_code == 404


def test_who_asks_too_often_is_told_so_in_mlflows_word() -> None:
    reply = render_error(Overloaded("5 requests wait already", 2.0))
    assert isinstance(reply.body, bytes)
    assert reply.status == 429
    assert json.loads(reply.body) == {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "5 requests wait already"}
    assert ("retry-after", "2") in reply.headers
