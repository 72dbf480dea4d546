"""Gzip for large answers to clients on other machines: decision 10.

Packing a byte costs what it takes to send eight bits through a link of about a gigabit a second, so within a machine
it would only slow things down.
"""

import asyncio
import re
import zlib
from dataclasses import replace

from modelyard.protocols.http.reply import JSON, Reply
from modelyard.protocols.http.request import Request

LEAST = 14_600
"""Bytes that TCP sends without waiting for anything to be acknowledged."""

_LEVEL = 1
_HEADERS = (("content-encoding", "gzip"), ("vary", "accept-encoding"))
_ZERO = re.compile(r"q=0(\.0*)?")
_GZIP = 31  # zlib's window size, and a gzip header


def is_worth_it(request: Request, reply: Reply) -> bool:
    return (
        request.is_from_afar
        and isinstance(reply.body, bytes)
        and len(reply.body) >= LEAST
        and reply.content_type == JSON
        and _takes_gzip(request.headers.get("accept-encoding", ""))
    )


async def compressed(reply: Reply) -> Reply:
    """The same answer in fewer bytes."""
    assert isinstance(reply.body, bytes)  # noqa: S101 - else it was not worth it
    packed = await asyncio.to_thread(zlib.compress, reply.body, _LEVEL, _GZIP)
    return replace(reply, body=packed, headers=(*reply.headers, *_HEADERS))


def _takes_gzip(accepted: str) -> bool:
    offers = (offer.partition(";") for offer in accepted.lower().replace(" ", "").split(","))
    return any(name == "gzip" and not _ZERO.fullmatch(weight) for name, _, weight in offers)
