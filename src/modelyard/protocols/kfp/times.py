"""Milliseconds since the epoch as RFC 3339, and back."""

from datetime import UTC, datetime

from modelyard.domain.errors import InvalidInput


def text(at: int | None) -> str:
    """Empty for none."""
    if at is None:
        return ""
    moment = datetime.fromtimestamp(at // 1000, UTC).replace(tzinfo=None).isoformat()  # a fraction of strftime's time
    return f"{moment}.{at % 1000:03}Z" if at % 1000 else f"{moment}Z"


def parse(given: str) -> int:
    """Raises InvalidInput for what is no such time."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise InvalidInput(f"{given[:50]!r} is no time; write it as 2030-01-31T12:00:00Z") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def optional(given: str) -> int | None:
    """None for an empty one."""
    return parse(given) if given else None
