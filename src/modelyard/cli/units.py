"""Amounts as people read and write them."""

import re

from modelyard.apps import kinds
from modelyard.apps.settings import BadSetting

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
_MILLISECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
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


def milliseconds(flag: str, text: str) -> float:
    """250ms or 1.5s. Raises BadSetting naming the flag."""
    match = _MILLISECONDS.fullmatch(text.strip().lower())
    if match is None:
        raise BadSetting(f"{flag}={text!r} cannot be used: it must be a time such as 250ms or 1.5s")
    return float(match[1]) * (1000 if match[2] == "s" else 1)


def share(flag: str, text: str) -> float:
    """The part of one in 5%. Raises BadSetting naming the flag."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None or float(match[1]) > 100:
        raise BadSetting(f"{flag}={text!r} cannot be used: it must be a part such as 5%")
    return float(match[1]) / 100


def percents(flag: str, text: str) -> tuple[int, ...]:
    """10,50,100. Raises BadSetting naming the flag."""
    parts = [part.strip().removesuffix("%") for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise BadSetting(f"{flag}={text!r} cannot be used: it must be percentages such as 10,50,100")
    return tuple(int(part) for part in parts)


def volume(flag: str, text: str) -> int:
    """Bytes in 500MB. Raises BadSetting naming the flag."""
    try:
        return kinds.size(text)
    except ValueError as error:
        raise BadSetting(f"{flag}={text!r} cannot be used: {error}") from None
