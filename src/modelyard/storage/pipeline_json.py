"""What rows of pipelines keep as JSON, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from modelyard.domain.pipeline_runs import Artifact, Failure, Moment, Values
from modelyard.domain.schedules import Plan
from modelyard.domain.triggers import Rule, TriggerKind

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def text(value: object) -> str:
    """What JSON cannot say as it is, such as half of a surrogate pair that a step wrote, is said as well as it can."""
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:
        return _encode(_sayable(msgspec.to_builtins(value))).decode()


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list | tuple):
        return [_sayable(one) for one in value]
    if isinstance(value, dict):
        return {_sayable(key): _sayable(one) for key, one in value.items()}
    return value


def decoded(document: str) -> Any:
    return _decode(document)


def error_text(error: Failure | None) -> str:
    return "" if error is None else text(error)


def failure(document: str) -> Failure | None:
    return _failure(_decode(document)) if document else None


def moments(document: str) -> tuple[Moment, ...]:
    return tuple(Moment(one["at"], one["state"], _failure(one["error"])) for one in _decode(document))


def with_moment(document: str, at: int, state: str, error: Failure | None) -> str:
    """The history with one more in it."""
    return text([*_decode(document or "[]"), Moment(at, state, error)])


def plan(document: str) -> Plan:
    return Plan(**_decode(document))


def rule(document: str) -> Rule:
    parts = _decode(document)
    return Rule(**{**parts, "kind": TriggerKind(parts["kind"])})


def task_body(inputs: Values, outputs: Values, error: Failure | None, cached_from: str, log: str) -> str:
    return text({"inputs": inputs, "outputs": outputs, "error": error, "cached_from": cached_from, "log": log})


def task_parts(document: str) -> dict[str, Any]:
    """What `task_body` was given, by name."""
    parts = _decode(document)
    return {
        "inputs": _values(parts["inputs"]),
        "outputs": _values(parts["outputs"]),
        "error": _failure(parts["error"]),
        "cached_from": parts["cached_from"],
        "log": parts["log"],
    }


def _failure(value: Mapping[str, Any] | None) -> Failure | None:
    return None if value is None else Failure(value["code"], value["message"])


def _values(value: Mapping[str, Any]) -> Values:
    artifacts: Mapping[str, Sequence[Mapping[str, Any]]] = value["artifacts"]
    return Values(
        value["parameters"], {name: tuple(Artifact(**one) for one in many) for name, many in artifacts.items()}
    )
