"""Predictions that come as CloudEvents: taken out of their envelope, and answered in one of the same kind."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.formats import cloudevents
from modelyard.formats.cloudevents import Envelope
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.hints import EVENT_ID
from modelyard.protocols.http.reply import Reply

KIND = "io.kserve.inference.response"
SOURCE = "io.kserve.inference.{model}"


@dataclass(frozen=True, slots=True)
class Received:
    """A body without its envelope, if it had one."""

    body: bytes
    headers: Mapping[str, str]
    envelope: Envelope | None = None


async def receive(call: Call[Any], limit: int) -> Received:
    """Raises InvalidInput for a broken event, and as `Call.unpacked` does."""
    body = await call.unpacked(limit)
    if not cloudevents.is_event(call.headers):
        return Received(body, call.headers)
    envelope, data = cloudevents.opened(call.headers, body)
    return Received(data, {**call.headers, EVENT_ID: cloudevents.as_header(envelope.id)}, envelope)


def answer(received: Received, reply: Reply, model: str) -> Reply:
    """The reply, in an envelope if the request came in one."""
    if received.envelope is None or isinstance(reply.body, AsyncIterator):
        return reply
    source = SOURCE.format(model=model)
    body, content_type, headers = cloudevents.sealed(
        received.envelope, reply.body, reply.content_type, source=source, kind=KIND
    )
    return Reply(reply.status, body, content_type, reply.headers + headers)
