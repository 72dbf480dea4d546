"""Answers in pieces, by the real dispatcher and a model that says words."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from modelyard.protocols.scoring.errors import render_error
from modelyard.protocols.scoring.routes import ROUTES
from tests.protocols.oip.conftest import opened
from tests.support.conditions import until
from tests.support.gateway import gateway
from tests.support.replicas import shared

EVENTS = {"accept": "text/event-stream"}
TALK = "/endpoints/talking/invocations"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(ROUTES, render_error, "talking", "linear") as client:
        yield client


@pytest.fixture
def home() -> Iterator[Path]:
    """Where the model says what happens to it."""
    forget()
    yield shared("talking")
    forget()


def forget() -> None:
    for name in ("waiting", "go", "closed"):
        (shared("talking") / name).unlink(missing_ok=True)


def events(text: str) -> list[str]:
    return text.removesuffix("\n\n").split("\n\n")


async def test_an_object_for_a_language_model_is_handed_to_it_and_its_answer_is_the_whole_body(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.post(TALK, json={"prompt": "a b c", "limit": 2})
    assert (answer.status_code, answer.json()) == (200, {"said": ["a b"]})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"prompt": "a object b", "stream": True}, {}),
        ({"prompt": "a object b"}, EVENTS),
        ({"dataframe_records": [{"prompt": "a object b c"}], "params": {"limit": 3}}, EVENTS),
        ({"inputs": {"prompt": ["a object b"]}}, EVENTS),
    ],
)
async def test_who_wants_pieces_gets_them_as_events(
    http: httpx.AsyncClient, body: object, headers: Mapping[str, str]
) -> None:
    answer = await http.post(TALK, json=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["x-model-version"] == "3"
    assert events(answer.text) == ['data: "a"', 'data: {"word": "object"}', 'data: "b"', "data: [DONE]"]


async def test_a_piece_is_sent_before_the_next_one_is_made(http: httpx.AsyncClient, home: Path) -> None:
    async with http.stream("POST", TALK, json={"prompt": "a wait b", "stream": True}) as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == 'data: "a"'
        await until((home / "waiting").exists)
        (home / "go").touch()
        assert [line async for line in lines if line] == ['data: "wait"', 'data: "b"', "data: [DONE]"]


async def test_the_model_is_told_when_its_listener_leaves(http: httpx.AsyncClient, home: Path) -> None:
    async with http.stream("POST", TALK, json={"prompt": "a wait" + " b" * 50, "stream": True}) as answer:
        lines = answer.aiter_lines()  # kept, as its end is that of the connection
        assert await anext(lines) == 'data: "a"'
        await until((home / "waiting").exists)
    (home / "go").touch()
    await until((home / "closed").exists)
    assert (home / "closed").read_text() in {"1", "2"}, "one more may be asked for before it is heard who has left"


async def test_what_fails_at_once_is_an_error_like_any_other(http: httpx.AsyncClient) -> None:
    for body, status, words in (
        ({"prompt": "fail"}, 500, "lost for words"),
        ({"prompt": 1}, 400, "prompt"),
        ({"instances": [{"prompt": "a"}, {"prompt": "b"}]}, 400, "single input"),
    ):
        answer = await http.post(TALK, json=body, headers=EVENTS)
        assert answer.status_code == status
        assert words in answer.json()["message"]
    answer = await http.post("/endpoints/nobody/invocations", json={"prompt": "a"}, headers=EVENTS)
    assert answer.status_code == 404


async def test_what_fails_on_the_way_is_an_event_of_its_own_and_the_last(http: httpx.AsyncClient) -> None:
    answer = await http.post(TALK, json={"prompt": "a fail b"}, headers=EVENTS)
    first, failed = events(answer.text)
    assert first == 'data: "a"'
    named, data = failed.split("\n")
    assert named == "event: error"
    said = json.loads(data.removeprefix("data: "))["error"]
    assert said == {"error_code": "INTERNAL_ERROR", "message": "The model raised RuntimeError: lost for words"}


async def test_a_model_that_does_not_stream_says_so_to_who_takes_nothing_else(http: httpx.AsyncClient) -> None:
    rows = {"dataframe_records": [{"a": 1, "b": 2}]}
    refused = await http.post("/endpoints/linear/invocations", json=rows, headers=EVENTS)
    assert refused.status_code == 501
    assert "predict_stream" in refused.json()["message"]
    wanting = {"input": 0, "a": 1, "b": 2, "stream": True}
    answer = await http.post("/endpoints/linear/invocations", json=wanting)
    assert (answer.status_code, answer.json()) == (200, [pytest.approx(8.0)])


async def test_v2_streams_answers_of_its_own_form() -> None:
    asked = {"id": "mine", "inputs": [{"name": "prompt", "datatype": "BYTES", "shape": [1], "data": ["a b"]}]}
    async with opened("talking") as http:
        answer = await http.post("/v2/models/talking/infer_stream", json=asked)
        found = [json.loads(one.removeprefix("data: ")) for one in events(answer.text)]
        assert [one["outputs"][0]["data"] for one in found] == [["a"], ["b"]]
        assert {(one["id"], one["model_version"]) for one in found} == {("mine", "3")}
        asked["inputs"] = [{"name": "prompt", "datatype": "BYTES", "shape": [1], "data": ["a fail"]}]
        answer = await http.post("/v2/models/talking/versions/3/infer_stream", json=asked)
        assert events(answer.text)[-1] == (
            'event: error\ndata: {"error":"The model raised RuntimeError: lost for words"}'
        )
