"""Times as people read them."""

import time
from datetime import UTC, datetime


def ago(milliseconds: int, now: float | None = None) -> str:
    """How long ago a time was, in its largest unit."""
    seconds = max(0, (time.time() if now is None else now) - milliseconds / 1000)
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


def lasted(start: int, end: int | None) -> str:
    """The time between two times, nothing while there is no end."""
    if end is None:
        return ""
    seconds = max(0, end - start) / 1000
    if seconds >= 3600:
        return f"{int(seconds // 3600)}h {int(seconds % 3600 // 60):02}min"
    if seconds >= 60:
        return f"{int(seconds // 60)}min {int(seconds % 60):02}s"
    return f"{seconds:.1f}s"


def moment(milliseconds: int | None) -> str:
    """A time to the second, nothing for none."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
