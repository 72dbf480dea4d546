"""Triggers and what they fired for, as the server tells them. Times are milliseconds since the epoch."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Trigger(Struct, frozen=True):
    """`kind` is webhook, model_version or alias; the secret of a webhook is told when it is made, only then."""

    id: str
    name: str
    enabled: bool
    kind: str
    model: str
    alias: str
    parameters: Mapping[str, Any]
    mapping: Mapping[str, str]
    pipeline_id: str
    runs: int
    created_at: int
    error: str = ""
    secret: str = ""


class Firing(Struct, frozen=True):
    """`state` is WAITING, STARTED or FAILED; `said` tells what it was for."""

    id: str
    trigger_id: str
    state: str
    at: int
    said: str
    created_at: int
    run_id: str = ""
    error: str = ""
