from dataclasses import dataclass

from modelyard.formats.inference import TensorSpec
from modelyard.formats.mlmodel import Column, MLModel, TensorField

_COLUMN_TYPES = {
    "boolean": "BOOL",
    "integer": "INT32",
    "long": "INT64",
    "float": "FP32",
    "double": "FP64",
}
_NUMPY_TYPES = {
    "bool": "BOOL",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    **{f"{sign}int{bits}": f"{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What clients may know about a served model; empty tuples where it has no signature.

    `streams` says that it can answer in pieces.
    """

    platform: str
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    mlflow_version: str = ""
    streams: bool = False


def describe(model: MLModel) -> Metadata:
    """The model's signature in the words of the Open Inference Protocol; anything that is no number is BYTES."""
    flavors = sorted(flavor for flavor in model.flavors if flavor != "python_function")
    return Metadata(
        platform=f"mlflow_{flavors[0] if flavors else 'pyfunc'}",
        inputs=tuple(_spec(field, "input", place) for place, field in enumerate(model.inputs)),
        outputs=tuple(_spec(field, "output", place) for place, field in enumerate(model.outputs)),
        mlflow_version=model.mlflow_version or "",
        streams=model.streams,
    )


def _spec(field: Column | TensorField, role: str, place: int) -> TensorSpec:
    name = field.name or f"{role}-{place}"
    if isinstance(field, TensorField):
        return TensorSpec(name, _NUMPY_TYPES.get(field.dtype, "BYTES"), field.shape)
    return TensorSpec(name, _COLUMN_TYPES.get(field.type, "BYTES"), (-1,))
