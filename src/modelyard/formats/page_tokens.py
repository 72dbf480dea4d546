"""Opaque page tokens: where a page ended, and of which query.

base64url of {"v": 1, "q": digest of the query, "after": [sort values of the last row]}. A token is no secret and proves
nothing: whoever reads it checks what it asks for as if it came in the request.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput

SortValue = str | int | float | None

_VERSION = 1
_MAX_LENGTH = 65_536
_INT64 = range(-(2**63), 2**63)


def digest_of(*parts: object) -> str:
    """A short digest of what makes a query: text, numbers, tuples and frozen values, by their repr; never sets."""
    return hashlib.blake2s(repr(parts).encode(), digest_size=8).hexdigest()


def encode(query_digest: str, values: Sequence[SortValue]) -> str:
    """A token for the page after the row with these sort values; NaN and infinities are kept."""
    body = json.dumps(
        {"v": _VERSION, "q": query_digest, "after": list(values)}, separators=(",", ":"), ensure_ascii=False
    )
    return base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()


def decode(token: str, query_digest: str) -> tuple[SortValue, ...]:
    """The sort values in a token. Raises InvalidInput when it is damaged or was given out for another query."""
    body = _body(token)
    values = body.get("after")
    if body.get("v") != _VERSION or not isinstance(values, list):
        raise InvalidInput("Invalid page token: it is not one of this server's. Ask for the first page again.")
    if body.get("q") != query_digest:
        raise InvalidInput(
            "Invalid page token: it belongs to a query with another filter, order or scope. Repeat the query it came "
            "from, or ask for the first page."
        )
    return tuple(_value(value) for value in values)


def _body(token: str) -> dict[str, object]:
    if len(token) > _MAX_LENGTH:
        raise InvalidInput(f"Invalid page token: it is longer than {_MAX_LENGTH} characters.")
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        body = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidInput("Invalid page token, could not base64-decode it. Ask for the first page again.") from error
    return body if isinstance(body, dict) else {}


def _storable(text: str) -> bool:
    """No NUL, and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _value(value: object) -> SortValue:
    match value:
        case bool():
            pass
        case int() if value in _INT64:
            return value
        case str() if _storable(value):
            return value
        case float() | None:
            return value
    raise InvalidInput("Invalid page token: it holds a value no row has. Ask for the first page again.")
