"""What MLflow lets clients get away with, and its words for what it does not.

It reads names in snake_case or camelCase but not both, `null` as absent, numbers as texts, enums by number, fields that
nobody knows, a broken body as an empty object, and the old name `run_uuid` of `run_id`. Real numbers it reads as Python
does, from texts and truth values too.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from modelyard.domain.errors import InvalidInput
from modelyard.protocols.http.errors import MalformedBody
from modelyard.protocols.mlflow.wire.common import Int64

T = TypeVar("T", bound=msgspec.Struct)
_HELP = "See the API docs for more information about request parameters."
_OLD_NAMES = {"run_id": "run_uuid"}
_SHOWN = 500
_LEAVES: dict[type[inspect.Type], Any] = {
    inspect.StrType: str,
    inspect.IntType: Int64,
    inspect.FloatType: float,
    inspect.BoolType: bool,
    inspect.AnyType: Any,
}


def from_json(raw: bytes, kind: type[T]) -> T:
    """Raises InvalidInput naming the field, MalformedBody for what is no object, RecursionError for a deep one."""
    document = _loads(raw)
    if isinstance(document, str):  # old clients encode twice
        document = _loads(document.encode(errors="replace"))
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise MalformedBody(f"The body must be a JSON object, not {_shown(document)}")
    read: T = _struct(document, _described(kind), "")
    return read


def from_query(values: Mapping[str, list[str]], kind: type[T]) -> T:
    """Raises InvalidInput naming the parameter."""
    described = _described(kind)
    lists = {name for field in described.fields if _is_list(field.type) for name in _spellings(field.name)}
    document = {key: given if key in lists else given[0] for key, given in values.items()}
    read: T = _struct(document, described, "")
    return read


def _loads(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


@cache
def _described(kind: type[msgspec.Struct]) -> inspect.StructType:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)  # noqa: S101 - `kind` is a struct
    return described


def _struct(document: dict[str, Any], described: inspect.StructType, path: str) -> Any:
    fields: dict[str, Any] = {}
    for field in described.fields:
        name = f"{path}.{field.name}" if path else field.name
        kind = _without_none(field.type)
        value = _pick(document, field.name)
        if value is None and field.name in _OLD_NAMES:
            value = _pick(document, _OLD_NAMES[field.name])
        if value is None or (value == "" and (_must_not_be_empty(kind) or (field.required and _is_plain(kind)))):
            if field.required:
                raise InvalidInput(f"Missing value for required parameter '{name}'. {_HELP}")
            continue
        fields[field.name] = _value(value, kind, name)
    return described.cls(**fields)


def _pick(document: dict[str, Any], name: str) -> Any:
    snake, camel = _spellings(name)
    if snake != camel and snake in document and camel in document:
        raise InvalidInput(f"Request specifies both '{snake}' and '{camel}'; provide only one of them.")
    return document.get(snake, document.get(camel))


@cache
def _spellings(name: str) -> tuple[str, str]:
    first, *rest = name.split("_")
    return name, first + "".join(word.capitalize() for word in rest)


def _value(value: Any, kind: inspect.Type, name: str) -> Any:
    if isinstance(kind, inspect.VarTupleType):
        if not isinstance(value, list):
            raise invalid(value, name)
        if isinstance(kind.item_type, inspect.StrType) and not all(isinstance(item, str) for item in value):
            raise invalid(value, name)
        return tuple(_value(item, kind.item_type, f"{name}[{at}]") for at, item in enumerate(value))
    if isinstance(kind, inspect.StructType):
        if not isinstance(value, dict):
            raise invalid(value, name)
        return _struct(value, kind, name)
    return _leaf(value, kind, name)


def _leaf(value: Any, kind: inspect.Type, name: str) -> Any:
    wanted = kind.cls if isinstance(kind, inspect.EnumType) else _LEAVES[type(kind)]
    given = str(value) if isinstance(kind, inspect.EnumType) and type(value) is int else value
    try:
        if isinstance(given, str):
            given.encode()  # half of a surrogate pair cannot be stored
        if wanted is float and isinstance(given, str | bool):
            return float(given)
        return msgspec.convert(given, wanted, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError):
        raise invalid(value, name) from None


def _without_none(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):
        return next(member for member in kind.types if not isinstance(member, inspect.NoneType))
    return kind


def _is_list(kind: inspect.Type) -> bool:
    return isinstance(_without_none(kind), inspect.VarTupleType)


def _must_not_be_empty(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.StrType) and kind.min_length == 1


def _is_plain(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.FloatType | inspect.EnumType)


def invalid(value: Any, name: str) -> InvalidInput:
    """The refusal of a value that is of the wrong type."""
    return InvalidInput(
        f"Invalid value {_shown(value)} for parameter '{name}' supplied:  "
        f"Hint: Value was of type '{type(value).__name__}'. {_HELP}"
    )


def _shown(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
