"""Requests into messages. A well-formed one costs a single decode; everything else is left to the lenient reader."""

from functools import cache
from typing import Any, TypeVar

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.errors import MalformedBody
from modelyard.protocols.mlflow import lenient

T = TypeVar("T", bound=msgspec.Struct)
BODY_LIMIT = 10_000_000
"""A hundred params and a hundred tags of the longest allowed, each character escaped, still fit."""

_WITH_CONTENT = frozenset({"POST", "PUT"})
"""Methods whose content type is looked at, as MLflow does; what else changes things, no page may send unasked."""

_JSON = "application/json"


async def body(call: Call[Any], kind: type[T], limit: int = BODY_LIMIT) -> T:
    """The message in the request's body.

    Raises InvalidInput for a wrong content type or field, MalformedBody for what is no object, TooLarge over `limit`.
    """
    if call.method in _WITH_CONTENT and call.content_type != _JSON:
        raise InvalidInput(_content_type_refusal(call.content_type))
    raw = await call.body(limit)
    try:
        read: T = _decoder(kind).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _tolerant(raw, kind)
    return read


def query(call: Call[Any], kind: type[T]) -> T:
    """The message in the request's query. Raises InvalidInput."""
    return lenient.from_query(call.queries(), kind)


async def message(call: Call[Any], kind: type[T]) -> T:
    """For what MLflow answers both as GET and as POST."""
    return query(call, kind) if call.method in ("GET", "HEAD") else await body(call, kind)


def _tolerant(raw: bytes, kind: type[T]) -> T:
    try:
        return lenient.from_json(raw, kind)
    except RecursionError:
        raise MalformedBody("The JSON document is nested too deeply") from None


@cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)


def _content_type_refusal(given: str) -> str:
    if not given:
        return "Bad Request. Content-Type header is missing."
    return f"Bad Request. Content-Type must be one of ['{_JSON}']."
