import struct
from typing import Any

import pytest

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.formats.inference import Encoding, InferenceResult, Tensor, Wanted
from modelyard.protocols.oip_grpc import convert
from modelyard.protocols.oip_grpc.wire import CLASSES


def request(*inputs: Any, **more: Any) -> Any:
    return CLASSES["ModelInferRequest"](inputs=inputs, **more)


def tensor(name: str = "a", datatype: str = "FP64", shape: tuple[int, ...] = (2,), **contents: Any) -> Any:
    made = CLASSES["InferInputTensor"](name=name, datatype=datatype, shape=shape)
    if contents:
        made.contents.CopyFrom(CLASSES["InferTensorContents"](**contents))
    return made


TYPED: dict[str, tuple[str, list[Any]]] = {
    "BOOL": ("bool_contents", [True, False]),
    "INT8": ("int_contents", [-1, 2]),
    "INT16": ("int_contents", [-1, 2]),
    "INT32": ("int_contents", [-1, 2]),
    "INT64": ("int64_contents", [-1, 2**62]),
    "UINT8": ("uint_contents", [1, 255]),
    "UINT16": ("uint_contents", [1, 2]),
    "UINT32": ("uint_contents", [1, 2**32 - 1]),
    "UINT64": ("uint64_contents", [1, 2**64 - 1]),
    "FP32": ("fp32_contents", [1.5, -2.0]),
    "FP64": ("fp64_contents", [0.1, -2.0]),
    "BYTES": ("bytes_contents", [b"", b"xy"]),
}


@pytest.mark.parametrize("datatype", TYPED)
def test_typed_contents_survive_both_ways(datatype: str) -> None:
    field, elements = TYPED[datatype]
    contents: dict[str, Any] = {field: elements}
    asked = convert.read(request(tensor(datatype=datatype, **contents)))
    [read] = asked.request.tensors
    assert read.encoding is Encoding.RAW
    answer = convert.answer(InferenceResult("m", "1", outputs=(read,)), asked, "m", "7")
    [output] = answer.outputs
    assert list(getattr(output.contents, field)) == elements
    assert not answer.raw_output_contents
    assert (answer.model_name, answer.model_version, answer.id) == ("m", "1", "7")


def test_raw_contents_are_answered_raw() -> None:
    data = struct.pack("<2d", 1, 2)
    asked = convert.read(request(tensor(), raw_input_contents=[data]))
    assert asked.request.tensors == (Tensor("a", "FP64", (2,), data, Encoding.RAW),)
    answer = convert.answer(InferenceResult("m", "1", outputs=asked.request.tensors), asked, "m", "")
    assert list(answer.raw_output_contents) == [data]
    assert not answer.outputs[0].HasField("contents")


def test_halves_have_no_type_so_all_outputs_go_raw() -> None:
    asked = convert.read(request(tensor(fp64_contents=[1, 2])))
    outputs = (*asked.request.tensors, Tensor("h", "FP16", (1,), b"\0\0", Encoding.RAW))
    answer = convert.answer(InferenceResult("m", "1", outputs=outputs), asked, "m", "")
    assert len(answer.raw_output_contents) == 2
    assert not any(output.HasField("contents") for output in answer.outputs)


def test_outputs_parameters_and_content_types_are_read() -> None:
    wanted = CLASSES["InferRequestedOutputTensor"](name="label")
    message = request(tensor(fp64_contents=[1, 2]), outputs=[wanted])
    message.parameters["timeout"].int64_param = 5
    message.parameters["content_type"].string_param = "pd"
    message.inputs[0].parameters["content_type"].string_param = "np"
    asked = convert.read(message)
    assert asked.timeout_us == 5
    assert asked.request.wanted == (Wanted("label", Encoding.RAW),)
    assert (asked.request.content_type, asked.request.tensors[0].content_type) == ("pd", "np")


def shared_memory() -> Any:
    made = tensor()
    made.parameters["shared_memory_region"].string_param = "r"
    return made


def as_classes() -> Any:
    made = CLASSES["InferRequestedOutputTensor"](name="label")
    made.parameters["classification"].int64_param = 3
    return made


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        (request(), InvalidInput, "no inputs"),
        (request(tensor(fp64_contents=[1])), InvalidInput, "shape [2] but has 1 elements in fp64_contents"),
        (request(tensor(fp32_contents=[1, 2])), InvalidInput, "has 0 elements in fp64_contents"),
        (request(tensor(shape=(-2,))), InvalidInput, "cannot be negative"),
        (request(tensor(datatype="FLOAT")), InvalidInput, "datatype 'FLOAT'"),
        (request(tensor(datatype="FP16")), InvalidInput, "only raw_input_contents can hold"),
        (request(tensor(datatype="INT8", int_contents=[1, 128])), InvalidInput, "INT8"),
        (request(tensor(), raw_input_contents=[b"\0" * 15]), InvalidInput, "takes 16 bytes; it has 15"),
        (request(tensor(), raw_input_contents=[b"", b""]), InvalidInput, "1 inputs but 2 raw_input_contents"),
        (request(tensor(fp64_contents=[1, 2]), raw_input_contents=[b"\0" * 16]), InvalidInput, "send one of them"),
        (request(*[tensor(fp64_contents=[1, 2])] * 2), InvalidInput, "same name"),
        (request(shared_memory()), NotSupported, "shared memory"),
        (request(tensor(fp64_contents=[1, 2]), outputs=[as_classes()]), NotSupported, "as classes"),
    ],
)
def test_what_is_wrong_is_one_sentence(message: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as refusal:
        convert.read(message)
    assert words in str(refusal.value)
