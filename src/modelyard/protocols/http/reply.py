from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
Headers = tuple[tuple[str, str], ...]
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; a body that is an iterator is streamed."""

    status: int
    body: bytes | AsyncIterator[bytes]
    content_type: str = JSON
    headers: Headers = ()


def json_reply(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    """`value` is anything msgspec can encode: structs, dataclasses, dicts, lists."""
    return Reply(status, _encode(value), JSON, headers)


def text_reply(text: str, status: int = 200) -> Reply:
    return Reply(status, text.encode(), TEXT)
