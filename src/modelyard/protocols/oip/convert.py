from collections.abc import Sequence

import msgspec

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.formats.inference import DATATYPES, Form, InferenceRequest, InferenceResult, Tensor, TensorSpec
from modelyard.protocols.oip import wire
from modelyard.serving.directory import Served

_decode = msgspec.json.Decoder(wire.InferenceRequest).decode


def parse(body: bytes) -> wire.InferenceRequest:
    """Raises InvalidInput naming the field that is wrong."""
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The request is not an inference request: {error}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"The request is not valid JSON: {error}") from None


def request(wired: wire.InferenceRequest) -> InferenceRequest:
    if not wired.inputs:
        raise InvalidInput("The request has no inputs")
    names = [tensor.name for tensor in wired.inputs]
    if len(set(names)) < len(names):
        raise InvalidInput("Two inputs of the request have the same name")
    return InferenceRequest(Form.TENSORS, tensors=tuple(_tensor(tensor) for tensor in wired.inputs))


def response(result: InferenceResult, request_id: str, wanted: Sequence[wire.RequestOutput] | None) -> object:
    outputs = [
        wire.ResponseOutput(tensor.name, list(tensor.shape), tensor.datatype, msgspec.Raw(tensor.data))
        for tensor in _chosen(result.outputs, wanted)
    ]
    return wire.InferenceResponse(result.endpoint, result.model_version, request_id, outputs)


def metadata(served: Served) -> wire.ModelMetadata:
    return wire.ModelMetadata(
        name=served.endpoint,
        versions=[served.model_version],
        platform=served.metadata.platform,
        inputs=[_spec(spec) for spec in served.metadata.inputs],
        outputs=[_spec(spec) for spec in served.metadata.outputs],
    )


def _tensor(wired: wire.RequestInput) -> Tensor:
    if wired.datatype not in DATATYPES:
        known = ", ".join(DATATYPES)
        raise InvalidInput(f"Input '{wired.name}' has datatype '{wired.datatype}', which is not one of {known}")
    if any(size < 0 for size in wired.shape):
        raise InvalidInput(f"Input '{wired.name}' has shape {wired.shape}; a dimension cannot be negative")
    data = bytes(wired.data)
    if data == b"null":
        if "binary_data_size" in (wired.parameters or {}):
            raise NotSupported("Binary tensors are not supported; send the data as JSON (binary_data=False)")
        raise InvalidInput(f"Input '{wired.name}' has no data")
    return Tensor(wired.name, wired.datatype, tuple(wired.shape), data)


def _chosen(outputs: Sequence[Tensor], wanted: Sequence[wire.RequestOutput] | None) -> Sequence[Tensor]:
    if not wanted:
        return outputs
    by_name = {tensor.name: tensor for tensor in outputs}
    for output in wanted:
        if output.name not in by_name:
            raise InvalidInput(f"The model has no output '{output.name}'; it has {', '.join(by_name)}")
    return [by_name[output.name] for output in wanted]


def _spec(spec: TensorSpec) -> wire.TensorMetadata:
    return wire.TensorMetadata(spec.name, spec.datatype, list(spec.shape))
