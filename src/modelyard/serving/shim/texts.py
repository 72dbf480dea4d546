"""JSON, read by the fastest reader that the environment happens to have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .failures import BadInput

encode: Callable[[Any], str] = json.JSONEncoder(allow_nan=False).encode


def _fastest() -> Callable[[bytes], Any] | None:
    try:
        import msgspec
    except ImportError:
        pass
    else:
        return msgspec.json.decode
    try:
        import orjson
    except ImportError:
        return None
    return orjson.loads  # type: ignore[no-any-return]


_fast = _fastest()


def loads(body: bytes) -> Any:
    """Raises BadInput. What the fast reader refuses, such as NaN, the standard library may still read."""
    if _fast is not None:
        try:
            return _fast(body)
        except (ValueError, RecursionError):
            pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The request is not valid JSON: {error}") from None
