"""KServe's own inference clients, and events as the CloudEvents SDK writes them."""

import re
from typing import Any

import httpx
import pytest

from tests.conformance.conftest import Serving
from tests.support import inference_clients

RIGHT = [8.0, 18.0]


@pytest.fixture(scope="module")
def said(serving: Serving) -> dict[str, Any]:
    return inference_clients.answers("kserve_sdk", url=serving.url, grpc=serving.server.grpc, model=serving.linear)


@pytest.mark.parametrize(
    "call",
    [
        "v1 live",
        "v1 live within",
        "v1 ready",
        "v2 live",
        "v2 ready",
        "v2 model ready",
        "grpc live",
        "grpc ready",
        "grpc model ready",
    ],
)
def test_what_is_ready_is_told(said: dict[str, Any], call: str) -> None:
    assert said[call] == {"ok": True}


def test_what_is_not_there_is_not_ready(said: dict[str, Any]) -> None:
    assert said["v1 unknown ready"]["status"] == "404"
    assert said["v2 unknown ready"] == {"ok": False}


@pytest.mark.parametrize("call", ["v1 infer", "v1 infer within"])
def test_v1_is_spoken(said: dict[str, Any], call: str) -> None:
    assert said[call] == {"ok": {"predictions": pytest.approx(RIGHT)}}


@pytest.mark.parametrize("call", ["v2 infer json", "v2 infer binary", "v2 infer within", "grpc infer raw"])
def test_v2_is_spoken(said: dict[str, Any], call: str) -> None:
    told = said[call]["ok"]
    assert told == {"id": "mine", "model": "linear", "output-0": pytest.approx(RIGHT)}


def test_typed_contents_are_answered_in_kind(said: dict[str, Any]) -> None:
    assert said["grpc infer typed"]["ok"]["output-0"] == pytest.approx(RIGHT)


@pytest.mark.parametrize(
    ("call", "status", "words"),
    [
        ("v1 explain", "501", "explain"),
        ("v1 bad", "400", "exactly one of"),
        ("grpc unknown", "NOT_FOUND", "no endpoint 'nobody'"),
    ],
)
def test_what_is_wrong_is_one_sentence(said: dict[str, Any], call: str, status: str, words: str) -> None:
    assert status in said[call]["status"]
    assert words in said[call]["error"]


@pytest.mark.parametrize("call", ["event binary", "event structured"])
def test_events_are_answered_in_kind(said: dict[str, Any], call: str) -> None:
    assert said[call]["ok"] == {
        "data": {"predictions": pytest.approx(RIGHT)},
        "id": "7",
        "type": "io.kserve.inference.response",
        "source": "io.kserve.inference.linear",
    }


def test_what_was_asked_is_counted_as_kserve_and_mlserver_count(serving: Serving) -> None:
    asked = httpx.post(
        f"{serving.url}/v1/models/{serving.linear}:predict", json={"instances": [[1.0, 2.0]]}, timeout=60
    )
    assert asked.status_code == 200
    told = httpx.get(f"{serving.url}/metrics", timeout=120).text
    for pattern in (
        r'request_predict_seconds_count\{model_name="linear",model_version="1",revision="\d+"\} (\S+)',
        r'model_infer_request_success_total\{model="linear",revision="\d+",version="1"\} (\S+)',
        r'rest_server_requests_total\{method="POST",path="/v1/models/\{name\}:predict",status_code="200"\} (\S+)',
    ):
        counts = re.findall(pattern, told)
        assert sum(map(float, counts)) > 0, pattern
