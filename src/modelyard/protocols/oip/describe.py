"""From what the data plane knows of a model to what V2 says of it."""

from collections.abc import Sequence

from modelyard.formats.inference import TensorSpec
from modelyard.protocols.oip import wire
from modelyard.serving.directory import Served
from modelyard.serving.repository import Listed
from modelyard.serving.totals import Totals


def metadata(served: Served, name: str) -> wire.ModelMetadata:
    return wire.ModelMetadata(
        name=name,
        versions=[served.model_version],
        platform=served.metadata.platform,
        inputs=[_spec(spec) for spec in served.metadata.inputs],
        outputs=[_spec(spec) for spec in served.metadata.outputs],
    )


def config(served: Served, name: str) -> wire.ModelConfig:
    """In Triton's words; there a batch dimension would be left out of `dims`, so none is claimed."""
    return wire.ModelConfig(
        name=name,
        platform=served.metadata.platform,
        backend="modelyard",
        max_batch_size=0,
        input=_configured(served.metadata.inputs),
        output=_configured(served.metadata.outputs),
    )


def listed(one: Listed, name: str) -> wire.RepositoryModel:
    return wire.RepositoryModel(name, one.version, one.state.value, one.reason)


def statistics(one: Totals, name: str) -> wire.ModelStatistics:
    """In Triton's words; what is not known of the parts of a prediction counts as computing."""
    nothing = wire.StatisticDuration()
    stats = wire.InferStatistics(
        success=_duration(one.answered, one.seconds),
        fail=_duration(one.failed, one.lost),
        queue=_duration(one.answered, one.queued),
        compute_input=_duration(one.answered, 0.0),
        compute_infer=_duration(one.answered, one.computing),
        compute_output=_duration(one.answered, 0.0),
        cache_hit=nothing,
        cache_miss=nothing,
    )
    return wire.ModelStatistics(name, one.version, one.last, one.answered, one.answered, stats, {}, [], [])


def _duration(count: int, seconds: float) -> wire.StatisticDuration:
    return wire.StatisticDuration(count, round(seconds * 1e9))


def _spec(spec: TensorSpec) -> wire.TensorMetadata:
    return wire.TensorMetadata(spec.name, spec.datatype, spec.shape)


def _configured(specs: Sequence[TensorSpec]) -> list[wire.ConfigTensor]:
    return [
        wire.ConfigTensor(spec.name, "TYPE_STRING" if spec.datatype == "BYTES" else f"TYPE_{spec.datatype}", spec.shape)
        for spec in specs
    ]
