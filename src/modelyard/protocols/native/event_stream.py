"""Every change as it happens, as server-sent events, so that pages need not ask again and again."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from modelyard.domain.errors import InvalidInput, ModelyardError
from modelyard.domain.events import Event
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.native import convert, parse
from modelyard.protocols.native import wire_runs as wire
from modelyard.protocols.native.state import NativeState

EVERY = 1.0
"""Seconds between looks: about what people take for at once, and next to nothing for a database."""

_STILL_THERE = 15
_HEADERS = (("cache-control", "no-store"), ("x-accel-buffering", "no"))


async def stream(call: Call[NativeState]) -> Reply:
    """Ends when the server is about to; clients come back by themselves and say what they saw last."""
    after = parse.query(call, wire.ReadStream).after
    seen = _last_seen(call)
    return Reply(200, _events(call, after if seen is None else seen), "text/event-stream", _HEADERS)


async def _events(call: Call[NativeState], after: int | None) -> AsyncIterator[bytes]:
    events = call.state.events
    if after is None:
        newest = await events.since(call.principal, None)
        after = newest[0].id if newest else 0
    yield b"retry: 2000\nid: %d\nevent: ready\ndata: {}\n\n" % after
    silent = 0
    while not call.state.draining():
        try:
            found = await events.since(call.principal, after)
        except ModelyardError:
            return  # the database is not there; who listens asks again
        after = found[-1].id if found else after
        silent = 0 if found else silent + 1
        yield b"".join(map(_line, found)) or (b": still there\n\n" if silent % _STILL_THERE == 0 else b"")
        await asyncio.sleep(EVERY)


def _line(event: Event) -> bytes:
    shown = convert.event(event)
    return b"id: %d\ndata: %b\n\n" % (event.id, msgspec.json.encode(shown))


def _last_seen(call: Call[NativeState]) -> int | None:
    given = call.headers.get("last-event-id", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit()) or len(given) > 18:
        raise InvalidInput(f"Last-Event-ID is {given[:50]!r}; it must be the id of an event")
    return int(given)
