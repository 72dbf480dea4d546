"""V2 bodies that are nothing but JSON, read and written from both ends: by who is asked and by who asks.

`protocols/oip` reads what comes to the port of V2, which may have raw tensors behind the JSON.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.formats import tensor_checks, tensors
from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor

T = TypeVar("T")


class _Parameters(msgspec.Struct, omit_defaults=True):
    content_type: str | None = None


class _Tensor(msgspec.Struct, omit_defaults=True):
    name: str
    shape: tuple[int, ...]
    datatype: str
    data: msgspec.Raw
    parameters: _Parameters | None = None


class _Request(msgspec.Struct, omit_defaults=True):
    inputs: tuple[_Tensor, ...]
    id: str | None = None


class _Answer(msgspec.Struct):
    model_name: str
    model_version: str
    id: str
    outputs: tuple[_Tensor, ...]


class _Outputs(msgspec.Struct):
    outputs: tuple[_Tensor, ...]


class _Inputs(msgspec.Struct):
    inputs: tuple[dict[str, msgspec.Raw], ...]


def holds_tensors(body: bytes) -> bool:
    """Whether a body that may be of V1 or V2 is of V2; V1 has `inputs`, too, but says no datatypes."""
    try:
        found = msgspec.json.decode(body, type=_Inputs)
    except (msgspec.DecodeError, RecursionError):
        return False
    return bool(found.inputs) and "datatype" in found.inputs[0]


def read_request(body: bytes) -> tuple[InferenceRequest, str]:
    """A request and its id, empty where it has none. Raises InvalidInput."""
    found = _decoded(body, _Request, "The request is not an inference request")
    inputs = _read(found.inputs)
    tensor_checks.check_names(inputs)
    return InferenceRequest(Form.TENSORS, tensors=inputs), found.id or ""


def write_request(inputs: Sequence[Tensor]) -> bytes:
    """A request for all outputs, with every tensor as JSON."""
    return msgspec.json.encode(_Request(_written(inputs)))


def read_answer(body: bytes) -> tuple[Tensor, ...]:
    """Raises InvalidInput."""
    return _read(_decoded(body, _Outputs, "The answer is not one to an inference request").outputs)


def write_answer(outputs: Sequence[Tensor], name: str, version: str, request_id: str) -> bytes:
    """The answer of a model by its name and version, with every tensor as JSON."""
    return msgspec.json.encode(_Answer(name, version, request_id, _written(outputs)))


def _decoded(body: bytes, kind: type[T], otherwise: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"{otherwise}: {error}") from None


def _read(given: Sequence[_Tensor]) -> tuple[Tensor, ...]:
    return tuple(_tensor(one) for one in given)


def _tensor(one: _Tensor) -> Tensor:
    tensor_checks.check_declared(one.name, one.datatype, one.shape)
    said = one.parameters.content_type if one.parameters is not None else None
    content_type = tensor_checks.checked_content_type(said, f"Input '{one.name}'")
    return Tensor(one.name, one.datatype, one.shape, bytes(one.data), Encoding.JSON, content_type)


def _written(given: Sequence[Tensor]) -> tuple[_Tensor, ...]:
    return tuple(_document(tensors.written(one, Encoding.JSON)) for one in given)


def _document(one: Tensor) -> _Tensor:
    parameters = _Parameters(one.content_type) if one.content_type else None
    return _Tensor(one.name, one.shape, one.datatype, msgspec.Raw(one.data), parameters)
