"""What endpoints were asked lately. Times are milliseconds since the epoch, UTC."""

from typing import Annotated

from msgspec import Meta, Struct


class ReadPayloads(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Payload(Struct, frozen=True):
    """One request that was kept. `status` is ok or the kind of error; texts are JSON, cut at 10,000 characters."""

    at: int
    prediction_id: str
    revision: int
    model_version: str
    status: str
    message: str
    milliseconds: float
    request: str | None
    response: str | None


class Payloads(Struct, frozen=True):
    """The newest that were kept, the latest first; they are written every few seconds."""

    items: list[Payload]


class Stretch(Struct, frozen=True):
    """What a revision's requests were like from `at` on; `refused` ones were asked wrongly, says the model."""

    at: int
    asked: int
    failed: int
    refused: int
    p50_ms: float
    p90_ms: float
    p99_ms: float


class RevisionTraffic(Struct, frozen=True):
    revision: int
    stretches: list[Stretch]


class Traffic(Struct, frozen=True):
    """Up to five minutes of each revision that can be reached, in stretches of `seconds`; the last one is not over."""

    seconds: int
    items: list[RevisionTraffic]
