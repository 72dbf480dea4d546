"""Answers as the bytes that go out."""

import re
from functools import lru_cache
from http import HTTPStatus

from modelyard.protocols.http.reply import Reply

_SAFETY = b"x-content-type-options: nosniff\r\nx-frame-options: SAMEORIGIN\r\nreferrer-policy: same-origin\r\n"
_BREAKING = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def head(reply: Reply, request_id: str, date: bytes, framing: bytes) -> bytes:
    """Everything before the body; `date` and `framing` are whole lines. Raises ValueError for a header of two lines."""
    named = b"x-request-id: %b\r\n" % request_id.encode("latin-1")
    extra = "".join(_line(name, value) for name, value in reply.headers).encode("latin-1") if reply.headers else b""
    return b"".join((_beginning(reply.status, reply.content_type), date, named, extra, framing, b"\r\n"))


@lru_cache(256)
def _beginning(status: int, content_type: str) -> bytes:
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {content_type}\r\n"
    return first.encode("latin-1") + _SAFETY


def _line(name: str, value: str) -> str:
    if _BREAKING.search(value):
        raise ValueError(f"The header {name} cannot have the value {value!r}")
    return f"{name}: {value}\r\n"


def refusal(status: HTTPStatus, words: str) -> bytes:
    """A whole answer to what is no request."""
    body = words.encode()
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode() + body
