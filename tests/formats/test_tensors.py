import math
import struct

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.formats import tensor_checks, tensors
from modelyard.formats.inference import DATATYPES, Encoding, Tensor, Wanted

EXAMPLES: dict[str, list[object]] = {
    "BOOL": [True, False, True],
    "UINT8": [0, 255, 7],
    "UINT16": [0, 65535, 7],
    "UINT32": [0, 2**32 - 1, 7],
    "UINT64": [0, 2**64 - 1, 7],
    "INT8": [-128, 127, 0],
    "INT16": [-(2**15), 2**15 - 1, 0],
    "INT32": [-(2**31), 2**31 - 1, 0],
    "INT64": [-(2**63), 2**63 - 1, 0],
    "FP16": [1.5, -2.0, 0.0],
    "FP32": [1.5, -2.0, 0.25],
    "FP64": [0.1, -2.0, 1e300],
    "BF16": [1.5, -2.0, 0.25],
    "BYTES": [b"", b"a", "gr\u00fc\u00df".encode()],
}


def raw(datatype: str, data: bytes, *shape: int) -> Tensor:
    return Tensor("x", datatype, shape, data, Encoding.RAW)


def test_every_datatype_has_an_example() -> None:
    assert set(EXAMPLES) == set(DATATYPES)


@pytest.mark.parametrize("datatype", DATATYPES)
def test_elements_survive_raw_bytes_and_json(datatype: str) -> None:
    elements = EXAMPLES[datatype]
    tensor = raw(datatype, tensors.raw(datatype, elements), 3)
    tensor_checks.check_raw(tensor)
    assert list(tensors.values(tensor)) == elements
    as_json = tensors.written(tensor, Encoding.JSON)
    assert list(tensors.values(as_json)) == elements
    assert tensors.written(as_json, Encoding.RAW) == tensor


def test_raw_bytes_are_little_endian() -> None:
    assert tensors.raw("INT32", [1]) == b"\x01\x00\x00\x00"
    assert tensors.raw("FP32", [1.0]) == struct.pack("<f", 1.0)
    assert tensors.raw("BF16", [1.0]) == b"\x80\x3f"
    assert tensors.raw("BYTES", ["ab"]) == b"\x02\x00\x00\x00ab"
    assert tensors.raw("BOOL", [True, False]) == b"\x01\x00"


def test_nested_json_is_read_row_by_row_and_null_is_not_a_number() -> None:
    first, second = tensors.values(Tensor("x", "FP64", (2, 1), b"[[1.5],[null]]"))
    assert first == 1.5
    assert math.isnan(second)


def test_bytes_that_are_no_text_become_base64_and_say_so() -> None:
    written = tensors.written(raw("BYTES", tensors.raw("BYTES", [b"\xff\xfe"]), 1), Encoding.JSON)
    assert (written.data, written.content_type) == (b'["//4="]', "base64")


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (raw("FP64", b"\0" * 15, 2), "takes 16 bytes; it has 15"),
        (raw("FP64", b"", 2**62, 2**62), "it has 0"),
        (raw("BYTES", b"\x01\x00\x00\x00a", 2), "holds 1 elements"),
        (raw("BYTES", b"\x09\x00\x00\x00a", 1), "ends within element 0"),
        (raw("BYTES", b"\x01\x00\x00\x00a\x01\x00", 2), "ends within the length of element 1"),
        (raw("BYTES", b"\xff\xff\xff\xff", 1), "ends within element 0"),
    ],
)
def test_raw_bytes_that_do_not_fit_are_refused(tensor: Tensor, words: str) -> None:
    with pytest.raises(InvalidInput, match="'x'") as refusal:
        tensor_checks.check_raw(tensor)
    assert words in refusal.value.message


@pytest.mark.parametrize(("datatype", "element"), [("INT8", 128), ("UINT8", -1), ("INT32", 1.5), ("FP16", 1e6)])
def test_an_element_that_the_datatype_cannot_hold_is_refused(datatype: str, element: object) -> None:
    with pytest.raises(InvalidInput, match=f"is {datatype}"):
        tensors.raw(datatype, [element])


def test_only_wanted_outputs_are_chosen_each_as_wanted() -> None:
    outputs = [Tensor("a", "INT32", (1,), b"[1]"), Tensor("b", "INT32", (1,), b"[2]")]
    [chosen] = tensors.chosen(outputs, [Wanted("b", Encoding.RAW)], Encoding.JSON)
    assert (chosen.name, chosen.data) == ("b", b"\x02\0\0\0")
    assert tensors.chosen(outputs, [], Encoding.JSON) == outputs
    with pytest.raises(InvalidInput, match="no output 'c'; it has a, b"):
        tensors.chosen(outputs, [Wanted("c")], Encoding.JSON)
