import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.formats import tensor_checks, tensors
from modelyard.formats.inference import (
    Encoding,
    Form,
    InferenceRequest,
    InferenceResult,
    Tensor,
    Wanted,
    may_be_param,
)
from modelyard.protocols.oip_grpc.wire import CLASSES

_CONTENTS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}
"""Where typed elements stand; FP16 and BF16 only come raw."""
_RESPONSE = CLASSES["ModelInferResponse"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; it is answered with raw contents if it came with them. `timeout_us` is Triton's parameter."""

    request: InferenceRequest
    raw: bool
    timeout_us: int | str | None


def read(message: Any) -> Asked:
    """A ModelInferRequest. Raises InvalidInput, NotSupported."""
    raw = message.raw_input_contents
    _refuse_shared_memory(message.inputs)
    found = _raw_inputs(message.inputs, raw) if raw else tuple(map(_typed, message.inputs))
    tensor_checks.check_names(found)
    said = message.parameters
    request = InferenceRequest(
        Form.TENSORS,
        tensors=found,
        params=_params(said) if said else None,
        content_type=_content_type(said, "The request"),
        wanted=tuple(_wanted(output) for output in message.outputs),
        encoding=Encoding.RAW,
    )
    return Asked(request, bool(raw), _parameter(said, "timeout"))


def answer(result: InferenceResult, asked: Asked, name: str, request_id: str) -> Any:
    """A ModelInferResponse, with typed contents only where the request had such and all outputs have a type for it."""
    outputs = tensors.chosen(result.outputs, asked.request.wanted, Encoding.RAW)
    typed = not asked.raw and all(output.datatype in _CONTENTS for output in outputs)
    response = _RESPONSE(model_name=name, model_version=result.model_version, id=request_id)
    for output in outputs:
        wired = response.outputs.add(name=output.name, datatype=output.datatype, shape=output.shape)
        if output.content_type:
            wired.parameters["content_type"].string_param = output.content_type
        if typed:
            getattr(wired.contents, _CONTENTS[output.datatype]).extend(tensors.values(output))
        else:
            response.raw_output_contents.append(output.data)
    return response


def _params(said: Mapping[str, Any]) -> bytes | None:
    params = {name: _parameter(said, name) for name in said if may_be_param(name)}
    return msgspec.json.encode(params) if params else None


def last(name: str, request_id: str) -> Any:
    """What ends a stream: nothing, and that it was all."""
    response = _RESPONSE(model_name=name, id=request_id)
    response.parameters["triton_final_response"].bool_param = True
    return response


def _refuse_shared_memory(inputs: Sequence[Any]) -> None:
    """Such an input has no contents, so this is looked at before those are."""
    for one in inputs:
        if "shared_memory_region" in one.parameters:
            raise NotSupported(
                f"Input '{one.name}' lies in shared memory, which this server does not read; send the data"
            )


def _raw_inputs(inputs: Sequence[Any], raw: Sequence[bytes]) -> tuple[Tensor, ...]:
    if len(inputs) != len(raw):
        raise InvalidInput(f"The request has {len(inputs)} inputs but {len(raw)} raw_input_contents")
    return tuple(_raw(wired, data) for wired, data in zip(inputs, raw, strict=True))


def _raw(wired: Any, data: bytes) -> Tensor:
    if wired.HasField("contents"):
        raise InvalidInput(f"Input '{wired.name}' has contents beside raw_input_contents; send one of them")
    tensor = _tensor(wired, data)
    tensor_checks.check_raw(tensor)
    return tensor


def _typed(wired: Any) -> Tensor:
    name, datatype, shape = wired.name, wired.datatype, wired.shape
    tensor_checks.check_declared(name, datatype, shape)
    field = _CONTENTS.get(datatype)
    if field is None:
        raise InvalidInput(f"Input '{name}' is {datatype}, which only raw_input_contents can hold")
    elements = getattr(wired.contents, field)
    if len(elements) != math.prod(shape):
        raise InvalidInput(f"Input '{name}' says shape {list(shape)} but has {len(elements)} elements in {field}")
    return _tensor(wired, tensors.raw(datatype, elements))


def _tensor(wired: Any, data: bytes) -> Tensor:
    name, datatype, shape = wired.name, wired.datatype, tuple(wired.shape)
    tensor_checks.check_declared(name, datatype, shape)
    return Tensor(name, datatype, shape, data, Encoding.RAW, _content_type(wired.parameters, f"Input '{name}'"))


def _wanted(output: Any) -> Wanted:
    if _parameter(output.parameters, "classification"):
        raise NotSupported(f"Output '{output.name}' is wanted as classes, which this server does not make of scores")
    if "shared_memory_region" in output.parameters:
        raise NotSupported(f"Output '{output.name}' is wanted in shared memory, which this server does not write")
    return Wanted(output.name, Encoding.RAW)


def _content_type(parameters: Mapping[str, Any], what: str) -> str:
    return tensor_checks.checked_content_type(str(_parameter(parameters, "content_type") or ""), what)


def _parameter(parameters: Mapping[str, Any], name: str) -> Any:
    """None when it is missing; a look-up in such a map would add it."""
    if name not in parameters:
        return None
    value = parameters[name]
    kind = value.WhichOneof("parameter_choice")
    return None if kind is None else getattr(value, kind)
