"""The stock tritonclient over gRPC."""

from typing import Any

import pytest

from tests.conformance.conftest import Serving
from tests.support import inference_clients
from tests.support.clients import datatypes


@pytest.fixture(scope="module")
def said(serving: Serving) -> dict[str, Any]:
    return inference_clients.answers(
        "triton_grpc",
        grpc=serving.server.grpc,
        model=serving.linear,
        mixed=serving.mixed,
        echo=serving.echo,
        talking=serving.talking,
    )


def test_what_is_ready_is_told(said: dict[str, Any]) -> None:
    assert [said[call] for call in ("live", "ready", "model ready")] == [{"ok": True}] * 3
    assert "NOT_FOUND" in said["unknown ready"]["status"]


def test_metadata_are_the_signature(said: dict[str, Any]) -> None:
    assert said["server metadata"]["ok"]["name"] == "modelyard"
    told = said["model metadata"]["ok"]
    assert (told["name"], told["versions"]) == ("linear", ["1"])
    assert told["inputs"][0] == {"name": "a", "datatype": "FP64", "shape": ["-1"]}
    config = said["config"]["ok"]["config"]
    assert config["input"][0] == {"name": "a", "data_type": "TYPE_FP64", "dims": ["-1"]}
    assert config["output"][0]["data_type"] == "TYPE_FP64"


def test_the_index_tells_of_every_endpoint(said: dict[str, Any]) -> None:
    states = {one["name"]: one["state"] for one in said["index"]["ok"]["models"]}
    assert states["linear"] == "READY"


@pytest.mark.parametrize(
    "call", ["infer", "infer version", "infer fp32", "infer parameters", "infer gzip", "infer deflate"]
)
def test_raw_contents_are_answered_in_kind(said: dict[str, Any], call: str) -> None:
    told = said[call]["ok"]
    assert told["outputs"] == {"output-0": pytest.approx([8.0, 18.0])}
    assert (told["version"], told["raw"]) == ("1", 1)
    assert told["id"]


def test_statistics_are_counted(said: dict[str, Any]) -> None:
    (told,) = said["statistics"]["ok"]["model_stats"]
    assert (told["name"], told["version"]) == ("linear", "1")
    assert int(told["inference_count"]) == int(told["inference_stats"]["success"]["count"]) > 5
    assert int(told["inference_stats"]["compute_infer"]["ns"]) > 0
    assert {one["name"] for one in said["all statistics"]["ok"]["model_stats"]} >= {"linear", "mixed", "odd"}
    assert "NOT_FOUND" in said["unknown statistics"]["status"]


def test_ids_are_echoed(said: dict[str, Any]) -> None:
    assert said["infer id"]["ok"]["id"] == "mine"


def test_texts_are_read(said: dict[str, Any]) -> None:
    [predicted] = said["infer texts"]["ok"]["outputs"].values()
    assert predicted == pytest.approx([101.5, 9.0])


def test_a_stream_goes_on_after_an_error(said: dict[str, Any]) -> None:
    first, second, third = said["stream"]["ok"]
    assert first["values"] == third["values"] == pytest.approx([8.0, 18.0])
    assert first["last"] is third["last"] is True
    assert "no endpoint 'nobody'" in second


@pytest.mark.parametrize(
    ("call", "status", "words"),
    [
        ("unknown", "NOT_FOUND", "no endpoint 'nobody'"),
        ("unknown odd", "NOT_FOUND", "no endpoint 'nobody'"),
        ("unknown version odd", "NOT_FOUND", "not '7'"),
        ("infer other version", "NOT_FOUND", "not '7'"),
        ("infer headers", "INVALID_ARGUMENT", "x-modelyard-revision"),
        ("bad output", "INVALID_ARGUMENT", "no output 'nothing'"),
        ("bad columns", "INVALID_ARGUMENT", "Column 'b' is missing"),
        ("late", "DEADLINE_EXCEEDED", ""),
        ("too large", "RESOURCE_EXHAUSTED", "larger than max"),
        ("bomb", "RESOURCE_EXHAUSTED", "larger than max"),
        ("load with a configuration", "UNIMPLEMENTED", "configuration cannot be sent"),
        ("unload unknown", "NOT_FOUND", "no endpoint 'nobody'"),
    ],
)
def test_what_is_wrong_has_a_status_and_one_sentence(said: dict[str, Any], call: str, status: str, words: str) -> None:
    told = said[call]
    assert told["kind"] == "InferenceServerException"
    assert status in told["status"]
    assert words in told["error"]
    assert "Traceback" not in told["error"]


@pytest.mark.parametrize("datatype", datatypes.VALUES)
def test_every_datatype_comes_back_to_the_bit(said: dict[str, Any], datatype: str) -> None:
    """But bfloat16, which numpy does not have, as the float32 that it is the upper half of."""
    sent = datatypes.told(datatypes.array(datatype))
    answered = "FP32" if datatype == "BF16" else datatype
    assert said[f"echo {datatype}"]["ok"] == {"datatype": answered, **sent}


@pytest.mark.parametrize("datatype", datatypes.VALUES)
def test_bytes_that_do_not_fill_the_shape_are_refused(said: dict[str, Any], datatype: str) -> None:
    refused = said[f"echo cut {datatype}"]
    words = "ends within element 5" if datatype == "BYTES" else f"Tensor 'x' of {datatype} and shape [2, 3] takes"
    assert words in refused["error"]


def test_a_model_that_streams_answers_in_pieces(said: dict[str, Any]) -> None:
    *spoken, broken, failure = said["pieces"]["ok"]
    assert [one["values"] for one in spoken] == [[["a"]], [["b"]], [["c"]], []]
    assert [one["last"] for one in spoken] == [False, False, False, True]
    assert {one["id"] for one in spoken} == {"spoken"}
    assert broken == {"id": "broken", "values": [["d"]], "last": False}
    assert "lost for words" in failure


def test_parameters_that_the_signature_knows_are_the_models(said: dict[str, Any]) -> None:
    assert said["params"]["ok"]["outputs"] == {"said": ["a b"]}
    assert "limit" in said["wrong params"]["error"]
    assert "INVALID_ARGUMENT" in said["wrong params"]["status"]
