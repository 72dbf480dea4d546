"""Answers in pieces as server-sent events, one piece each.

An error before the first piece is told as that of any other request. A later one is an event named `error`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing

from modelyard.domain.errors import ModelyardError
from modelyard.formats.inference import InferenceResult
from modelyard.protocols.http import hints
from modelyard.protocols.http.reply import Headers, Reply

MEDIA_TYPE = "text/event-stream"
HEADERS: Headers = (("cache-control", "no-store"), ("x-accel-buffering", "no"))
Written = Callable[[InferenceResult], bytes]
Refused = Callable[[ModelyardError], bytes]


def wanted(headers: Mapping[str, str]) -> bool:
    """Whether the caller takes nothing but events."""
    return headers.get("accept", "").partition(";")[0].strip().lower() == MEDIA_TYPE


async def reply(
    pieces: AsyncGenerator[InferenceResult, None], written: Written, refused: Refused, last: bytes = b""
) -> Reply:
    """Begins with the first piece; `last` is the word that ends it. Raises what the first piece raises."""
    first = await anext(pieces, None)
    told = hints.told(first) if first is not None else ()
    return Reply(200, _events(first, pieces, written, refused, last), MEDIA_TYPE, HEADERS + told)


async def _events(
    first: InferenceResult | None,
    pieces: AsyncGenerator[InferenceResult, None],
    written: Written,
    refused: Refused,
    last: bytes,
) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        if first is not None:
            yield _event(written(first))
            try:
                async for piece in pieces:
                    yield _event(written(piece))
            except ModelyardError as error:
                yield b"event: error\n" + _event(refused(error))
                return
    if last:
        yield _event(last)


def _event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"
