"""What the programs of this folder have in common: they make calls, and print what each came to as JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np


def asked() -> dict[str, str]:
    """What the test wants to know, from standard input."""
    told: dict[str, str] = json.load(sys.stdin)
    return told


def answer(calls: dict[str, Callable[[], Any]]) -> None:
    json.dump({name: _outcome(call) for name, call in calls.items()}, sys.stdout, default=_plain)


def _outcome(call: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"ok": call()}
    except Exception as error:  # noqa: BLE001 - the clients raise what they like
        return {"error": str(error), "kind": type(error).__name__, "status": str(_status(error))}


def _status(error: Any) -> object:
    """Tritonclient's `status()`, httpx's `response.status_code`, grpc's `code()`."""
    for name in ("status", "code"):
        if callable(found := getattr(error, name, None)):
            return found()
    return getattr(getattr(error, "response", None), "status_code", "")


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
