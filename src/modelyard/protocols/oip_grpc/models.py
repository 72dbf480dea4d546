from collections.abc import Sequence
from typing import Any

from modelyard.domain.errors import Unavailable
from modelyard.formats.inference import TensorSpec
from modelyard.protocols.oip_grpc.call import RpcCall
from modelyard.protocols.oip_grpc.wire import CLASSES
from modelyard.serving.directory import Served

# Triton's numbers of datatypes in its model configuration.
_CONFIG_TYPES = ("", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64")
_CONFIG_NUMBERS = {
    **{datatype: number for number, datatype in enumerate(_CONFIG_TYPES) if datatype},
    "FP16": 10,
    "FP32": 11,
    "FP64": 12,
    "BYTES": 13,
    "BF16": 14,
}


async def ready(call: RpcCall) -> Any:
    """A model that does not answer now is an answer, not an error."""
    try:
        _served(call)
    except Unavailable:
        return CLASSES["ModelReadyResponse"](ready=False)
    return CLASSES["ModelReadyResponse"](ready=True)


async def metadata(call: RpcCall) -> Any:
    served = _served(call)
    return CLASSES["ModelMetadataResponse"](
        name=call.message.name,
        versions=[served.model_version],
        platform=served.metadata.platform,
        inputs=[_spec(spec) for spec in served.metadata.inputs],
        outputs=[_spec(spec) for spec in served.metadata.outputs],
    )


async def config(call: RpcCall) -> Any:
    served = _served(call)
    config = CLASSES["ModelConfig"](
        name=call.message.name,
        platform=served.metadata.platform,
        backend="modelyard",
        input=_configured("ConfigInput", served.metadata.inputs),
        output=_configured("ConfigOutput", served.metadata.outputs),
    )
    return CLASSES["ModelConfigResponse"](config=config)


def _served(call: RpcCall) -> Served:
    return call.state.plane.directory.lookup(call.message.name, call.message.version or None)


def _spec(spec: TensorSpec) -> Any:
    return CLASSES["TensorMetadata"](name=spec.name, datatype=spec.datatype, shape=spec.shape)


def _configured(kind: str, specs: Sequence[TensorSpec]) -> list[Any]:
    return [CLASSES[kind](name=spec.name, data_type=_CONFIG_NUMBERS[spec.datatype], dims=spec.shape) for spec in specs]
