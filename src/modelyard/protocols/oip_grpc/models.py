from collections.abc import Sequence
from typing import Any

from modelyard.domain.errors import Unavailable
from modelyard.formats.inference import TensorSpec
from modelyard.protocols.oip_grpc.call import RpcCall
from modelyard.protocols.oip_grpc.wire import CLASSES
from modelyard.serving import totals
from modelyard.serving.directory import Served
from modelyard.serving.totals import Totals

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
        call.state.plane.directory.lookup(call.message.name, call.message.version or None)
    except Unavailable:
        return CLASSES["ModelReadyResponse"](ready=False)
    return CLASSES["ModelReadyResponse"](ready=True)


async def metadata(call: RpcCall) -> Any:
    served = await _described(call)
    return CLASSES["ModelMetadataResponse"](
        name=call.message.name,
        versions=[served.model_version],
        platform=served.metadata.platform,
        inputs=[_spec(spec) for spec in served.metadata.inputs],
        outputs=[_spec(spec) for spec in served.metadata.outputs],
    )


async def config(call: RpcCall) -> Any:
    served = await _described(call)
    config = CLASSES["ModelConfig"](
        name=call.message.name,
        platform=served.metadata.platform,
        backend="modelyard",
        input=_configured("ConfigInput", served.metadata.inputs),
        output=_configured("ConfigOutput", served.metadata.outputs),
    )
    return CLASSES["ModelConfigResponse"](config=config)


async def statistics(call: RpcCall) -> Any:
    """Of one model, or of all without a name."""
    directory, name = call.state.plane.directory, call.message.name
    found = (
        totals.of_model(directory, name, call.message.version or None)
        if name
        else totals.of_all(directory, directory.names())
    )
    return CLASSES["ModelStatisticsResponse"](model_stats=[_statistics(one) for one in found])


def _statistics(one: Totals) -> Any:
    nothing = _duration(0, 0.0)
    return CLASSES["ModelStatistics"](
        name=one.name,
        version=one.version,
        last_inference=one.last,
        inference_count=one.answered,
        execution_count=one.answered,
        inference_stats=CLASSES["InferStatistics"](
            success=_duration(one.answered, one.seconds),
            fail=_duration(one.failed, one.lost),
            queue=_duration(one.answered, one.queued),
            compute_input=_duration(one.answered, 0.0),
            compute_infer=_duration(one.answered, one.computing),
            compute_output=_duration(one.answered, 0.0),
            cache_hit=nothing,
            cache_miss=nothing,
        ),
    )


def _duration(count: int, seconds: float) -> Any:
    return CLASSES["StatisticDuration"](count=count, ns=round(seconds * 1e9))


async def _described(call: RpcCall) -> Served:
    return await call.state.plane.described(call.message.name, call.message.version or None, call.hints(None))


def _spec(spec: TensorSpec) -> Any:
    return CLASSES["TensorMetadata"](name=spec.name, datatype=spec.datatype, shape=spec.shape)


def _configured(kind: str, specs: Sequence[TensorSpec]) -> list[Any]:
    return [CLASSES[kind](name=spec.name, data_type=_CONFIG_NUMBERS[spec.datatype], dims=spec.shape) for spec in specs]
