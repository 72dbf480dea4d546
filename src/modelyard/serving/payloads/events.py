"""Entries as CloudEvents 1.0 in binary mode, with the types and attributes of KServe's logger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from modelyard.domain.serving_options import PayloadMode
from modelyard.serving.payloads.entry import Entry, request_text, response_text

REQUEST = "org.kubeflow.serving.inference.request"
RESPONSE = "org.kubeflow.serving.inference.response"


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """One message: its `ce-*` headers and its JSON body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


def events_of(entry: Entry, mode: PayloadMode, source: str) -> Iterator[CloudEvent]:
    """The request's and the answer's event, as far as `mode` wants them; both have the prediction's id."""
    if entry.request is not None and mode in {PayloadMode.ALL, PayloadMode.REQUEST}:
        yield _event(entry, REQUEST, source, request_text(entry.request))
    if entry.result is not None and mode in {PayloadMode.ALL, PayloadMode.RESPONSE}:
        yield _event(entry, RESPONSE, source, response_text(entry.result))


def _event(entry: Entry, kind: str, source: str, text: str) -> CloudEvent:
    moment = datetime.fromtimestamp(entry.at / 1000, UTC).isoformat(timespec="milliseconds")
    headers = (
        ("Content-Type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", entry.prediction_id),
        ("ce-type", kind),
        ("ce-source", source),
        ("ce-time", moment.replace("+00:00", "Z")),
        ("ce-inferenceservicename", entry.endpoint),
        ("ce-component", "predictor"),
        ("ce-endpoint", str(entry.revision)),
    )
    return CloudEvent(headers, text.encode())
