"""CloudEvents 1.0 over HTTP, in both modes: structured (one JSON document) and binary (attributes in headers)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

import msgspec

from modelyard.domain.errors import InvalidInput, UnsupportedMediaType

STRUCTURED = "application/cloudevents+json"
JSON = "application/json"
_ANY = "application/cloudevents"
_MARK = "ce-specversion"
_NEEDED = ("specversion", "id", "source", "type")


class _Event(msgspec.Struct, omit_defaults=True):
    specversion: str
    type: str
    source: str
    id: str
    time: str = ""
    datacontenttype: str = ""
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data_base64: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came around a request; the answer goes back in the same mode."""

    id: str
    source: str
    type: str
    structured: bool


def is_event(headers: Mapping[str, str]) -> bool:
    """Whether a request is a CloudEvent; header names are in lower case."""
    return _MARK in headers or headers.get("content-type", "").startswith(_ANY)


def opened(headers: Mapping[str, str], body: bytes) -> tuple[Envelope, bytes]:
    """The envelope and the data in it.

    Raises InvalidInput for an event that lacks something, UnsupportedMediaType for batches and other formats.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == STRUCTURED:
        return _structured(body)
    if media.startswith(_ANY):
        raise UnsupportedMediaType(f"CloudEvents come as {STRUCTURED} or in ce- headers, one at a time; not as {media}")
    said = {name: unquote_to_bytes(headers.get(f"ce-{name}", "")).decode("utf-8", "replace") for name in _NEEDED}
    _check(said)
    return Envelope(said["id"], said["source"], said["type"], structured=False), body


def sealed(
    envelope: Envelope, data: bytes, content_type: str, *, source: str, kind: str
) -> tuple[bytes, str, tuple[tuple[str, str], ...]]:
    """The answer to what came in `envelope`, under the same id: body, content type and headers."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    if not envelope.structured:
        attributes = (("specversion", "1.0"), ("id", envelope.id), ("source", source), ("type", kind), ("time", now))
        return data, content_type, tuple((f"ce-{name}", as_header(value)) for name, value in attributes)
    event = _Event("1.0", kind, source, envelope.id, now, content_type)
    if content_type == JSON:
        event.data = msgspec.Raw(data)
    else:
        event.data_base64 = base64.b64encode(data).decode()
    return msgspec.json.encode(event), STRUCTURED, ()


def _structured(body: bytes) -> tuple[Envelope, bytes]:
    try:
        event = msgspec.json.decode(body, type=_Event)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidInput(f"The body is no CloudEvent: {error}") from None
    _check({name: getattr(event, name) for name in _NEEDED})
    return Envelope(event.id, event.source, event.type, structured=True), _data(event)


def _data(event: _Event) -> bytes:
    if isinstance(event.data, msgspec.Raw):
        return bytes(event.data)
    try:
        return base64.b64decode(event.data_base64, validate=True)
    except ValueError as error:
        raise InvalidInput(f"The CloudEvent's data_base64 is not base64: {error}") from None


def _check(attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        if not value:
            raise InvalidInput(f"The CloudEvent has no '{name}'")
    if attributes["specversion"] != "1.0":
        raise InvalidInput(f"The CloudEvent is of version {attributes['specversion'][:20]!r}; only 1.0 is read")


def as_header(value: str) -> str:
    """Percent-encoded where HTTP headers cannot hold it (CloudEvents HTTP binding, 3.1.3.2)."""
    return "".join(
        character if " " < character <= "~" and character not in '"%' else _percent(character) for character in value
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
