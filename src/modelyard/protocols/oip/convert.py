import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.formats import tensor_checks, tensors
from modelyard.formats.inference import (
    Encoding,
    Form,
    InferenceRequest,
    InferenceResult,
    Tensor,
    TensorSpec,
    Wanted,
    may_be_param,
)
from modelyard.protocols.oip import binary, wire

_decode = msgspec.json.Decoder(wire.InferenceRequest).decode
_decode_parameters = msgspec.json.Decoder(wire.GivenParameters).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and what came with it: its id, and after how many microseconds the caller has no more use for it."""

    request: InferenceRequest
    id: str = ""
    timeout_us: int | str | None = None


def read(body: bytes, json_length: int | None) -> Asked:
    """A body of JSON, its first `json_length` bytes, and raw tensors behind it. Raises InvalidInput, NotSupported."""
    document, tail = (body, b"") if json_length is None else (body[:json_length], body[json_length:])
    wired = parse(document)
    parameters = wired.parameters or _NO_PARAMETERS
    request = InferenceRequest(
        Form.TENSORS,
        tensors=_inputs(wired.inputs, tail),
        params=None if wired.parameters is None else _params(document),
        content_type=tensor_checks.checked_content_type(parameters.content_type, "The request"),
        wanted=_wanted(wired.outputs, parameters) if wired.outputs else (),
        encoding=Encoding.RAW if parameters.binary_data_output else Encoding.JSON,
    )
    return Asked(request, wired.id or "", parameters.timeout)


def parse(document: bytes) -> wire.InferenceRequest:
    """Raises InvalidInput naming the field that is wrong."""
    try:
        return _decode(document)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The request is not an inference request: {error}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        lenient = _parse_with_nan(document)
        if lenient is None:
            raise InvalidInput(f"The request is not valid JSON: {error}") from None
        return lenient


def answer(result: InferenceResult, request: InferenceRequest, name: str, request_id: str) -> tuple[bytes, list[bytes]]:
    """The JSON of an answer, and the raw tensors that go behind it."""
    parts: list[bytes] = []
    outputs = [_output(tensor, parts) for tensor in tensors.chosen(result.outputs, request.wanted, request.encoding)]
    return _encode(wire.InferenceResponse(name, result.model_version, request_id, outputs)), parts


def _params(document: bytes) -> bytes | None:
    try:
        given = _decode_parameters(document).parameters or {}
    except msgspec.DecodeError:  # NaN, which JSON does not have
        return None
    params = {name: value for name, value in given.items() if may_be_param(name)}
    return _encode(params) if params else None


def _inputs(inputs: Sequence[wire.RequestInput], tail: bytes) -> tuple[Tensor, ...]:
    cut = binary.Tail(tail)
    found = tuple(_tensor(wired, cut) for wired in inputs)
    cut.check_used()
    tensor_checks.check_names(found)
    return found


def _tensor(wired: wire.RequestInput, cut: binary.Tail) -> Tensor:
    name, shape, datatype = wired.name, wired.shape, wired.datatype
    tensor_checks.check_declared(name, datatype, shape)
    parameters = wired.parameters
    data = bytes(wired.data)
    if parameters is None:
        if data == b"null":
            raise InvalidInput(f"Input '{name}' has no data")
        return Tensor(name, datatype, tuple(shape), data)
    if parameters.shared_memory_region is not None:
        raise NotSupported(f"Input '{name}' lies in shared memory, which this server does not read; send the data")
    content_type = tensor_checks.checked_content_type(parameters.content_type, f"Input '{name}'")
    if parameters.binary_data_size is None:
        if data == b"null":
            raise InvalidInput(f"Input '{name}' has no data")
        return Tensor(name, datatype, tuple(shape), data, Encoding.JSON, content_type)
    if data != b"null":
        raise InvalidInput(f"Input '{name}' has data both in the JSON and behind it (binary_data_size)")
    raw = cut.take(name, parameters.binary_data_size)
    tensor = Tensor(name, datatype, tuple(shape), raw, Encoding.RAW, content_type)
    tensor_checks.check_raw(tensor)
    return tensor


def _wanted(outputs: Sequence[wire.RequestOutput], parameters: wire.RequestParameters) -> tuple[Wanted, ...]:
    return tuple(_one_wanted(output, default=bool(parameters.binary_data_output)) for output in outputs)


def _one_wanted(output: wire.RequestOutput, *, default: bool) -> Wanted:
    said = output.parameters
    if said is None:
        return Wanted(output.name, Encoding.RAW if default else Encoding.JSON)
    if said.classification:
        raise NotSupported(f"Output '{output.name}' is wanted as classes, which this server does not make of scores")
    if said.shared_memory_region is not None:
        raise NotSupported(f"Output '{output.name}' is wanted in shared memory, which this server does not write")
    raw = default if said.binary_data is None else said.binary_data
    return Wanted(output.name, Encoding.RAW if raw else Encoding.JSON)


def _output(tensor: Tensor, parts: list[bytes]) -> wire.ResponseOutput:
    wired = wire.ResponseOutput(tensor.name, tensor.shape, tensor.datatype)
    if tensor.encoding is Encoding.RAW:
        parts.append(tensor.data)
        wired.parameters = wire.OutputParameters(len(tensor.data), tensor.content_type or None)
        return wired
    wired.data = msgspec.Raw(tensor.data)
    if tensor.content_type:
        wired.parameters = wire.OutputParameters(content_type=tensor.content_type)
    return wired


def _parse_with_nan(document: bytes) -> wire.InferenceRequest | None:
    """Python clients write NaN and Infinity, which JSON does not have; the model's process reads them."""
    if b"NaN" not in document and b"Infinity" not in document:
        return None
    try:
        lenient = json.loads(document)
        inputs = lenient["inputs"]
        data = [msgspec.Raw(json.dumps(one.pop("data", None)).encode()) for one in inputs]
        wired = msgspec.convert(lenient, wire.InferenceRequest)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None
    for one, written in zip(wired.inputs, data, strict=True):
        one.data = written
    return wired


def raw_request(inputs: Sequence[TensorSpec], body: bytes) -> Asked:
    """A body that is the only input's raw tensor and nothing else, answered in kind. Raises InvalidInput."""
    return Asked(InferenceRequest(Form.TENSORS, tensors=(binary.only_input(inputs, body),), encoding=Encoding.RAW))


def json_length(headers: Mapping[str, str], size: int) -> int | None:
    """How much of a body of `size` bytes is JSON; None when all of it is. Raises InvalidInput."""
    given = headers.get(binary.HEADER)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 12 or int(given) > size:
        raise InvalidInput(f"{binary.HEADER} is {given[:50]!r}; it must be a number up to the body's {size} bytes")
    return int(given)


_NO_PARAMETERS = wire.RequestParameters()
