"""Amounts as people read and write them."""

import re

from modelyard.apps.settings import BadSetting

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
_SECONDS = (86_400, 3600, 60, 1)


def size(number: float) -> str:
    """Bytes, in decimal units."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def count(number: int, what: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def duration(flag: str, text: str) -> float:
    """Seconds in 30d, 12h or 1d2h3m4s. Raises BadSetting naming the flag."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise BadSetting(f"{flag}={text!r} cannot be used: it must be a time such as 30d, 12h or 1d2h3m4s")
    return sum(float(part) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True) if part)
