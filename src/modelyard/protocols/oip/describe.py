"""From what the data plane knows of a model to what V2 says of it."""

from collections.abc import Sequence

from modelyard.formats.inference import TensorSpec
from modelyard.protocols.oip import wire
from modelyard.serving.directory import Served
from modelyard.serving.repository import Listed


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


def listed(one: Listed) -> wire.RepositoryModel:
    return wire.RepositoryModel(one.name, one.version, one.state.value, one.reason)


def _spec(spec: TensorSpec) -> wire.TensorMetadata:
    return wire.TensorMetadata(spec.name, spec.datatype, spec.shape)


def _configured(specs: Sequence[TensorSpec]) -> list[wire.ConfigTensor]:
    return [
        wire.ConfigTensor(spec.name, "TYPE_STRING" if spec.datatype == "BYTES" else f"TYPE_{spec.datatype}", spec.shape)
        for spec in specs
    ]
