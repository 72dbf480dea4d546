"""The MLmodel document that every MLflow model carries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from modelyard.domain.errors import InvalidInput

SIZE_LIMIT = 1 << 20
DEPTH_LIMIT = 50
ALIAS_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Column:
    """One named or positional column; `type` in MLflow's words (double, long, string, array, object, ...)."""

    name: str | None
    type: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class TensorField:
    """One tensor of a tensor signature; `dtype` in numpy's words, -1 in `shape` is a dimension of any size."""

    name: str | None
    dtype: str
    shape: tuple[int, ...]


Field = Column | TensorField


@dataclass(frozen=True, slots=True)
class MLModel:
    """What we use of an MLmodel document; fields without a signature or run are empty or None.

    `document` is all of it, for the process that loads the model.
    """

    flavors: tuple[str, ...]
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    has_signature: bool
    model_uuid: str | None
    run_id: str | None
    input_example: str | None
    utc_time_created: str | None
    mlflow_version: str | None
    document: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def configurations(self) -> Mapping[str, object]:
        """What the document says about each flavour."""
        flavors = self.document.get("flavors")
        return flavors if isinstance(flavors, dict) else {}

    @property
    def streams(self) -> bool:
        """Whether it was logged with a way to answer in pieces."""
        pyfunc = self.configurations.get("python_function")
        return isinstance(pyfunc, dict) and pyfunc.get("streamable") is True


def parse(text: bytes) -> MLModel:
    """Read an MLmodel document (MLflow 1.x to 3.x). Raises InvalidInput naming the field that is wrong."""
    document = _load(text)
    flavors = document.get("flavors")
    if not isinstance(flavors, dict) or not flavors:
        raise InvalidInput("MLmodel has no 'flavors': this is not a directory that MLflow saved a model to")
    signature = document.get("signature")
    if signature is not None and not isinstance(signature, dict):
        raise InvalidInput("MLmodel field 'signature' must be a mapping")
    return MLModel(
        flavors=tuple(str(flavor) for flavor in flavors),
        inputs=_fields(signature, "inputs"),
        outputs=_fields(signature, "outputs"),
        has_signature=bool(signature),
        model_uuid=_text(document, "model_uuid"),
        run_id=_text(document, "run_id"),
        input_example=_example(document.get("saved_input_example_info")),
        utc_time_created=_text(document, "utc_time_created"),
        mlflow_version=_text(document, "mlflow_version"),
        document=document,
    )


def _load(text: bytes) -> Mapping[str, object]:
    if len(text) > SIZE_LIMIT:
        raise InvalidInput(f"MLmodel is over {SIZE_LIMIT} bytes")
    try:
        _refuse_bombs(text)
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        place = f" at line {mark.line + 1}" if mark is not None else ""
        raise InvalidInput(f"MLmodel is not valid YAML{place}") from None
    if not isinstance(document, dict):
        raise InvalidInput("MLmodel must be a YAML mapping")
    return document


def _refuse_bombs(text: bytes) -> None:
    """Aliases and nesting let a small document cost without bound."""
    aliases = depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if aliases > ALIAS_LIMIT:
            raise InvalidInput(f"MLmodel has more than {ALIAS_LIMIT} YAML aliases")
        if depth > DEPTH_LIMIT:
            raise InvalidInput(f"MLmodel is nested deeper than {DEPTH_LIMIT} levels")


def _fields(signature: Mapping[str, object] | None, role: str) -> tuple[Field, ...]:
    """A side of the signature is a JSON list inside the YAML."""
    text = signature.get(role) if signature else None
    if text is None:
        return ()
    try:
        return tuple(_field(entry) for entry in json.loads(str(text)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInput(
            f"MLmodel field 'signature.{role}' is not a list of column or tensor specifications"
        ) from None


def _field(entry: Mapping[str, object]) -> Field:
    name = entry.get("name")
    name = None if name is None else str(name)
    if entry["type"] == "tensor":
        spec = entry["tensor-spec"]
        if not isinstance(spec, dict):
            raise TypeError
        return TensorField(name, str(spec["dtype"]), tuple(int(size) for size in spec["shape"]))
    required = entry.get("required", not entry.get("optional", False))
    return Column(name, str(entry["type"]), bool(required))


def _example(info: object) -> str | None:
    if not isinstance(info, dict):
        return None
    path = info.get("serving_input_path") or info.get("artifact_path")
    return None if path is None else str(path)


def _text(document: Mapping[str, object], key: str) -> str | None:
    value = document.get(key)
    return None if value is None else str(value)
