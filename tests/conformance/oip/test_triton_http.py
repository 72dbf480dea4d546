"""The stock tritonclient over HTTP: with its defaults, which are binary both ways, and as JSON."""

from typing import Any

import pytest

from tests.conformance.conftest import Serving
from tests.support import inference_clients
from tests.support.clients import datatypes


@pytest.fixture(scope="module")
def said(serving: Serving) -> dict[str, Any]:
    address = serving.url.removeprefix("http://")
    return inference_clients.answers(
        "triton_http", url=address, model=serving.linear, mixed=serving.mixed, echo=serving.echo
    )


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("live", True),
        ("ready", True),
        ("model ready", True),
        ("version ready", True),
        ("ready within", True),
        ("other version ready", False),
        ("unknown ready", False),
    ],
)
def test_what_is_ready_is_told(said: dict[str, Any], call: str, answer: object) -> None:
    assert said[call] == {"ok": answer}


def test_metadata_are_the_signature(said: dict[str, Any]) -> None:
    assert "binary_tensor_data" in said["server metadata"]["ok"]["extensions"]
    for call in ("model metadata", "version metadata"):
        told = said[call]["ok"]
        assert (told["name"], told["versions"]) == ("linear", ["1"])
        assert [one["name"] for one in told["inputs"]] == ["a", "b"]
    assert [one["data_type"] for one in said["config"]["ok"]["input"]] == ["TYPE_FP64", "TYPE_FP64"]


def test_the_index_tells_of_every_endpoint(said: dict[str, Any]) -> None:
    states = {one["name"]: (one["version"], one["state"]) for one in said["index"]["ok"]}
    assert states["linear"] == ("1", "READY")


@pytest.mark.parametrize(
    ("call", "binary"),
    [
        ("infer", True),
        ("infer json", False),
        ("infer json in", True),
        ("infer json out", False),
        ("infer version", True),
        ("infer fp32", True),
        ("infer fp16", True),
        ("infer int", True),
        ("infer parameters", True),
        ("infer within", True),
        ("infer gzip", True),
        ("infer deflate", True),
    ],
)
def test_predictions_come_as_they_are_asked_for(said: dict[str, Any], call: str, *, binary: bool) -> None:
    told = said[call]["ok"]
    assert told["outputs"] == {"output-0": pytest.approx([8.0, 18.0])}
    assert (told["version"], told["binary"]) == ("1", binary)
    assert told["id"]


def test_who_stays_within_an_endpoint_sees_its_models_in_the_index(said: dict[str, Any]) -> None:
    assert [one["name"] for one in said["index within"]["ok"]] == ["linear"]


def test_statistics_are_counted(said: dict[str, Any]) -> None:
    for call in ("statistics", "version statistics"):
        (told,) = said[call]["ok"]["model_stats"]
        assert (told["name"], told["version"]) == ("linear", "1")
        stats = told["inference_stats"]
        assert told["inference_count"] == stats["success"]["count"] > 10
        assert stats["success"]["ns"] >= stats["compute_infer"]["ns"] > 0
        assert stats["fail"]["count"] > 0
        assert told["last_inference"] > 1_700_000_000_000
    assert {one["name"] for one in said["all statistics"]["ok"]["model_stats"]} >= {"linear", "mixed", "odd"}
    assert "no endpoint 'nobody'" in said["unknown statistics"]["error"]


def test_ids_are_echoed(said: dict[str, Any]) -> None:
    assert said["infer id"]["ok"]["id"] == "mine"


def test_texts_are_read(said: dict[str, Any]) -> None:
    [predicted] = said["infer texts"]["ok"]["outputs"].values()
    assert predicted == pytest.approx([101.5, 9.0])


def test_asynchronous_requests_are_answered(said: dict[str, Any]) -> None:
    assert said["async"] == {"ok": pytest.approx([8.0, 18.0])}


@pytest.mark.parametrize(
    ("call", "status", "words"),
    [
        ("unknown", "404", "no endpoint 'nobody'"),
        ("bad shape", "400", "takes 48 bytes; it has 32"),
        ("bad columns", "400", "Column 'b' is missing"),
        ("bad datatype", "400", "datatype 'FLOAT'"),
        ("bad output", "400", "no output 'nothing'"),
        ("classes", "501", "as classes"),
    ],
)
def test_what_is_wrong_is_one_sentence(said: dict[str, Any], call: str, status: str, words: str) -> None:
    told = said[call]
    assert (told["kind"], told["status"]) == ("InferenceServerException", status)
    assert words in told["error"]
    assert "Traceback" not in told["error"]


@pytest.mark.parametrize("datatype", datatypes.VALUES)
def test_every_datatype_comes_back_to_the_bit(said: dict[str, Any], datatype: str) -> None:
    """But bfloat16, which numpy does not have, as the float32 that it is the upper half of."""
    sent = datatypes.told(datatypes.array(datatype))
    answered = "FP32" if datatype == "BF16" else datatype
    assert said[f"echo {datatype}"]["ok"] == {"datatype": answered, **sent}
    if f"echo json {datatype}" in said:
        assert said[f"echo json {datatype}"]["ok"] == {"datatype": answered, **sent}


@pytest.mark.parametrize("datatype", datatypes.VALUES)
def test_bytes_that_do_not_fill_the_shape_are_refused(said: dict[str, Any], datatype: str) -> None:
    refused = said[f"echo cut {datatype}"]
    words = "ends within element 5" if datatype == "BYTES" else f"Tensor 'x' of {datatype} and shape [2, 3] takes"
    assert words in refused["error"]
