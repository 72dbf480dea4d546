import json

import pytest

from modelyard.domain.errors import InvalidInput, UnsupportedMediaType
from modelyard.formats import cloudevents
from modelyard.formats.cloudevents import Envelope

STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BINARY = {"ce-specversion": "1.0", "ce-id": "a%20b", "ce-source": "here", "ce-type": "asked"}
EVENT = {"specversion": "1.0", "id": "1", "source": "here", "type": "asked", "data": {"instances": [1]}}


def test_both_modes_are_opened() -> None:
    assert cloudevents.is_event(BINARY)
    assert cloudevents.is_event(STRUCTURED)
    assert not cloudevents.is_event({"content-type": "application/json"})
    assert cloudevents.opened(BINARY, b"[1]") == (Envelope("a b", "here", "asked", structured=False), b"[1]")
    envelope, data = cloudevents.opened(STRUCTURED, json.dumps(EVENT).encode())
    assert (envelope, json.loads(data)) == (Envelope("1", "here", "asked", structured=True), {"instances": [1]})


def test_data_in_base64_is_decoded() -> None:
    event = {key: value for key, value in EVENT.items() if key != "data"} | {"data_base64": "AAE="}
    assert cloudevents.opened(STRUCTURED, json.dumps(event).encode())[1] == b"\0\1"


def test_answers_go_back_in_the_same_mode_under_the_same_id() -> None:
    envelope = Envelope('gr\u00fc\u00df "x"', "here", "asked", structured=False)
    body, media, headers = cloudevents.sealed(envelope, b"{}", "application/json", source="us", kind="said")
    assert (body, media) == (b"{}", "application/json")
    told = dict(headers)
    assert told.pop("ce-time").endswith("Z")
    assert told == {
        "ce-specversion": "1.0",
        "ce-id": "gr%C3%BC%C3%9F%20%22x%22",
        "ce-source": "us",
        "ce-type": "said",
    }
    structured = Envelope("1", "here", "asked", structured=True)
    body, media, headers = cloudevents.sealed(structured, b'{"a":1}', "application/json", source="us", kind="said")
    answered = json.loads(body)
    assert (media, headers) == ("application/cloudevents+json", ())
    assert (answered["id"], answered["data"], answered["datacontenttype"]) == ("1", {"a": 1}, "application/json")
    body, _, _ = cloudevents.sealed(structured, b"\0\1", "application/octet-stream", source="us", kind="said")
    assert json.loads(body)["data_base64"] == "AAE="


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        (STRUCTURED, b"{", "no CloudEvent"),
        (STRUCTURED, b'{"instances": [1]}', "missing required field `specversion`"),
        (STRUCTURED, json.dumps(EVENT | {"id": ""}).encode(), "has no 'id'"),
        (STRUCTURED, json.dumps(EVENT | {"specversion": "0.3"}).encode(), "version '0.3'"),
        (BINARY | {"ce-type": ""}, b"", "has no 'type'"),
        (BINARY | {"ce-specversion": "2.0"}, b"", "version '2.0'"),
    ],
)
def test_a_broken_event_is_refused(headers: dict[str, str], body: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        cloudevents.opened(headers, body)
    assert words in refusal.value.message


def test_batches_are_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        cloudevents.opened({"content-type": "application/cloudevents-batch+json"}, b"[]")
