"""The binary tensor extension; its official clients are asked in tests/conformance/oip."""

import json
import struct
from typing import Any

import httpx
import pytest

INFER = "/v2/models/linear/infer"
HEADER = "inference-header-content-length"
ROWS = struct.pack("<4d", 1, 2, 3, 4)


def matrix(**parameters: object) -> dict[str, Any]:
    return {"name": "input-0", "shape": [2, 2], "datatype": "FP64", "parameters": parameters}


def body(document: object, *tensors: bytes) -> tuple[bytes, dict[str, str]]:
    head = json.dumps(document).encode()
    return b"".join([head, *tensors]), {HEADER: str(len(head))}


def opened(answer: httpx.Response) -> tuple[Any, bytes]:
    assert answer.status_code == 200, answer.text
    length = int(answer.headers[HEADER])
    return json.loads(answer.content[:length]), answer.content[length:]


async def test_raw_tensors_are_read_and_answered(http: httpx.AsyncClient) -> None:
    document = {"id": "b", "parameters": {"binary_data_output": True}, "inputs": [matrix(binary_data_size=32)]}
    content, headers = body(document, ROWS)
    answer = await http.post(INFER, content=content, headers=headers)
    assert answer.headers["content-type"] == "application/octet-stream"
    said, tail = opened(answer)
    assert (said["model_name"], said["id"]) == ("linear", "b")
    [output] = said["outputs"]
    assert output == {
        "name": "output-0",
        "shape": [2],
        "datatype": "FP64",
        "parameters": {"binary_data_size": 16},
    }
    assert struct.unpack("<2d", tail) == pytest.approx((8.0, 18.0))


async def test_raw_and_json_may_be_mixed_both_ways(http: httpx.AsyncClient) -> None:
    first = {"name": "a", "shape": [2], "datatype": "FP64", "parameters": {"binary_data_size": 16}}
    second = {"name": "b", "shape": [2], "datatype": "FP64", "data": [2, 4]}
    content, headers = body({"inputs": [first, second]}, struct.pack("<2d", 1, 3))
    answer = await http.post(INFER, content=content, headers=headers)
    assert HEADER not in answer.headers
    assert answer.json()["outputs"][0]["data"] == pytest.approx([8.0, 18.0])


@pytest.mark.parametrize(
    ("request_wide", "of_output", "raw"), [(True, None, True), (True, False, False), (False, True, True)]
)
async def test_an_output_says_how_it_is_wanted(
    http: httpx.AsyncClient,
    *,
    request_wide: bool,
    of_output: bool | None,
    raw: bool,
) -> None:
    wanted = {"name": "output-0"} | ({} if of_output is None else {"parameters": {"binary_data": of_output}})
    document = {
        "parameters": {"binary_data_output": request_wide},
        "inputs": [{"name": "input-0", "shape": [1, 2], "datatype": "FP64", "data": [[1, 2]]}],
        "outputs": [wanted],
    }
    answer = await http.post(INFER, json=document)
    assert answer.status_code == 200
    assert (HEADER in answer.headers) is raw


async def test_texts_are_framed(http: httpx.AsyncClient) -> None:
    column = {"name": "a", "shape": [1], "datatype": "FP64", "data": [2]}
    document = {"inputs": [column], "outputs": [{"name": "label", "parameters": {"binary_data": True}}]}
    said, tail = opened(await http.post("/v2/models/odd/infer", json=document))
    assert said["outputs"][0]["parameters"] == {"binary_data_size": 5}
    assert tail == b"\x01\x00\x00\x00x"


async def test_a_body_without_json_is_the_only_input(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v2/models/tensor/infer", content=ROWS, headers={HEADER: "0"})
    said, tail = opened(answer)
    assert said["outputs"][0]["shape"] == [2]
    assert struct.unpack("<2d", tail) == pytest.approx((8.0, 18.0))


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("/v2/models/linear/infer", ROWS, "this model takes 2"),
        ("/v2/models/tensor/infer", ROWS[:-1], "31 bytes of FP64 do not fill"),
        ("/v2/models/tensor/infer", ROWS[:-8], "24 bytes of FP64 do not fill"),
    ],
)
async def test_a_body_that_cannot_be_the_only_input_is_refused(
    http: httpx.AsyncClient, path: str, content: bytes, words: str
) -> None:
    answer = await http.post(path, content=content, headers={HEADER: "0"})
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("document", "tail", "words"),
    [
        ({"inputs": [matrix(binary_data_size=32)]}, ROWS[:-8], "binary_data_size 32, but 24 bytes are left"),
        ({"inputs": [matrix(binary_data_size=24)]}, ROWS[:-8], "takes 32 bytes; it has 24"),
        ({"inputs": [matrix(binary_data_size=32)]}, ROWS + b"!", "1 bytes more"),
        ({"inputs": [matrix(binary_data_size=-1)]}, ROWS, "binary_data_size -1"),
        ({"inputs": [matrix(binary_data_size="32")]}, ROWS, "$.inputs[0].parameters.binary_data_size"),
        ({"inputs": [{**matrix(binary_data_size=32), "data": [1]}]}, ROWS, "both in the JSON and behind it"),
        ({"inputs": [{**matrix(binary_data_size=32), "datatype": "BYTES"}]}, ROWS, "ends within element"),
        ({"inputs": [matrix(binary_data_size=32), matrix(binary_data_size=0)]}, ROWS, "takes 32 bytes; it has 0"),
    ],
)
async def test_sizes_that_do_not_agree_are_refused(
    http: httpx.AsyncClient, document: object, tail: bytes, words: str
) -> None:
    content, headers = body(document, tail)
    answer = await http.post(INFER, content=content, headers=headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "999", "9" * 30, ""])
async def test_a_header_that_is_no_length_is_refused(http: httpx.AsyncClient, length: str) -> None:
    answer = await http.post(INFER, content=b"{}", headers={HEADER: length})
    assert answer.status_code == 400
    assert HEADER in answer.json()["error"]


async def test_a_missing_header_is_suspected(http: httpx.AsyncClient) -> None:
    content, _ = body({"inputs": [matrix(binary_data_size=32)]})
    answer = await http.post(INFER, content=content)
    assert f"is {HEADER} missing?" in answer.json()["error"]
