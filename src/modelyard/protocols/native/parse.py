"""From a call to values. Raises InvalidInput, MalformedBody or UnsupportedMediaType."""

from typing import Any, TypeVar

import msgspec

from modelyard.domain.errors import InvalidInput, UnsupportedMediaType
from modelyard.protocols.http.call import DEFAULT_BODY_LIMIT, Call
from modelyard.protocols.http.errors import MalformedBody

T = TypeVar("T")


async def body(call: Call[Any], kind: type[T], limit: int = DEFAULT_BODY_LIMIT) -> T:
    """The JSON body. Its content type is asked for because a web page cannot send it across origins unasked."""
    if call.content_type != "application/json":
        raise UnsupportedMediaType(f"Send the body as application/json, not {call.content_type or 'without a type'}")
    raw = await call.body(limit)
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        return _with_whole_numbers(raw, kind, error)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedBody(f"The body is not JSON: {error}") from None


def _with_whole_numbers(raw: bytes, kind: type[T], error: msgspec.ValidationError) -> T:
    """To JSON, 1.0 is an integer; if that was not the `error`, it stands."""
    try:
        return msgspec.convert(_whole(msgspec.json.decode(raw)), kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as other:
        said = other if isinstance(other, msgspec.ValidationError) else error
        raise InvalidInput(f"The body is not valid: {said}") from None


def _whole(value: Any) -> Any:
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case dict():
            return {key: _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case _:
            return value


def query(call: Call[Any], kind: type[T]) -> T:
    """The query parameters; of one that is given twice the last counts."""
    given = {name: values[-1] for name, values in call.queries().items()}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The query is not valid: {error}") from None
