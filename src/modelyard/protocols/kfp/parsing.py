"""Requests into messages, as protojson reads them: names in either spelling, null for what is not set, none unknown."""

import re
from typing import Any, TypeVar

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.errors import MalformedBody

T = TypeVar("T", bound=msgspec.Struct)
BODY_LIMIT = 33 << 20
"""A pipeline of the largest size, and what goes with it."""
_OPAQUE = frozenset({"pipeline_spec", "parameters", "tags", "plugins_input", "plugins_output", "metadata"})
"""What is below these is the users' own."""
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


async def body(call: Call[Any], kind: type[T]) -> T:
    """The message in the body. Raises InvalidInput, MalformedBody, TooLarge."""
    return message(await call.body(BODY_LIMIT), kind)


def message(raw: bytes | str, kind: type[T]) -> T:
    """Raises InvalidInput, or MalformedBody for what is no JSON object."""
    try:
        given = msgspec.json.decode(raw)
        if not isinstance(given, dict):
            raise MalformedBody("The body must be a JSON object")
        return msgspec.convert(_spelled(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The request is not valid: {error}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedBody(f"The body is not JSON: {error}") from None


def query(call: Call[Any], name: str) -> str:
    """A query parameter in either spelling; empty without."""
    first, *rest = name.split("_")
    return call.query(name) or call.query(first + "".join(map(str.title, rest))) or ""


def flag(call: Call[Any], name: str) -> bool:
    return query(call, name).lower() in ("true", "1")


def number(call: Call[Any], name: str) -> int:
    """Raises InvalidInput for what is no number."""
    text = query(call, name)
    try:
        return int(text or 0)
    except ValueError:
        raise InvalidInput(f"{name} is {text[:50]!r}; it must be a number") from None


def _spelled(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelled(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = ((_HUMP.sub(r"_\1", name).lower(), one) for name, one in value.items() if one is not None)
    return {name: one if name in _OPAQUE else _spelled(one) for name, one in named}
