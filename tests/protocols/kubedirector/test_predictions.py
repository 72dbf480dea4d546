from collections.abc import AsyncIterator

import httpx
import pytest

from modelyard.formats.inference import Form, InferenceResult
from modelyard.protocols.kubedirector import convert
from modelyard.protocols.kubedirector.errors import render_error
from modelyard.protocols.kubedirector.routes import ROUTES
from tests.support.gateway import gateway

ASK = {"use_scoring": True, "scoring_args": {"distance": 8, "hour": 9}}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(ROUTES, render_error, "linear") as client:
        yield client


@pytest.mark.parametrize("yes", ["true", '"true"', '"True"'])
def test_the_arguments_are_handed_on_as_they_were_written(yes: str) -> None:
    request = convert.request(f'{{"use_scoring": {yes}, "scoring_args": {{"b": 1.0, "a":2}}}}'.encode())
    assert (request.form, request.payload) == (Form.SCORING, b'{"b": 1.0, "a":2}')
    assert convert.request(b'{"use_scoring": true, "scoring_args": "--hour 9"}').payload == b'"--hour 9"'


def test_what_a_script_prints_is_the_output_and_what_it_returns_is_json() -> None:
    asked = convert.request(b'{"use_scoring": true, "scoring_args": {"a": 1}}')
    printed = convert.answer(InferenceResult("taxi", "1", b'"\\nIt takes 7 s.\\n"'), asked, "logs")
    assert (printed.output, printed.input, printed.status) == ("\nIt takes 7 s.\n", '{"a": 1}', "Finished")
    returned = convert.answer(InferenceResult("taxi", "1", b"[7.5]"), asked, "logs")
    assert (returned.output, bytes(returned.predictions)) == ("[7.5]", b"[7.5]")
    assert returned.id > printed.id


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/nobody/1/predict", ASK, 404, "no endpoint 'nobody'"),
        ("/nobody/1/predict", [], 404, "no endpoint 'nobody'"),
        ("/linear/2/predict", ASK, 404, "not '2'"),
        ("/linear/2/predict", {}, 404, "not '2'"),
        ("/loading/1/predict", ASK, 503, "starting"),
        ("/endpoints/many/nobody/1/predict", ASK, 404, "'many/nobody'"),
        ("/linear/3/predict", {"scoring_args": {}}, 400, '"use_scoring": true'),
        ("/linear/3/predict", {**ASK, "use_scoring": "maybe"}, 400, '"use_scoring": true'),
        ("/linear/3/predict", {"use_scoring": True}, 400, "`scoring_args`"),
        ("/linear/3/predict", {**ASK, "scoring_args": [1]}, 400, "'scoring_args' must be"),
        ("/linear/3/predict", [], 400, "deployment engine"),
    ],
)
async def test_what_is_wrong_is_one_sentence(
    http: httpx.AsyncClient, path: str, body: object, status: int, words: str
) -> None:
    answer = await http.post(path, json=body, headers={"X-Auth-Token": "any"})
    assert answer.status_code == status
    assert answer.json()["status"] == "Failed"
    assert words in answer.json()["error"]


async def test_the_content_type_and_the_method_are_checked(http: httpx.AsyncClient) -> None:
    assert (await http.post("/linear/3/predict", content=b"{}")).status_code == 415
    assert (await http.post("/nobody/3/predict", content=b"{}")).status_code == 404
    assert (await http.get("/linear/3/predict")).status_code == 405
    answer = await http.post("/linear/3/predict", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 400
