"""Cron expressions with seconds first, as Kubeflow Pipelines reads them, in UTC."""

import re
from datetime import UTC, datetime

from croniter import CroniterError, croniter

from modelyard.domain.errors import InvalidInput

_NAMED = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_EVERY = re.compile(r"@every\s+((?:\d+(?:\.\d+)?(?:h|m|s|ms))+)")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_ALLOWED = re.compile(r"[\dA-Za-z*?/,\- ]+")
_UNKNOWN = re.compile(r"(?<![A-Za-z])[HRLW](?![A-Za-z])")


def every(expression: str) -> int:
    """Seconds between two slots of `@every 1h30m`; 0 for any other expression. Raises InvalidInput below a second."""
    found = _EVERY.fullmatch(expression.strip())
    if found is None:
        return 0
    seconds = int(sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(found[1])))
    if seconds < 1:
        raise InvalidInput(f"'{expression}' is less than a second")
    return seconds


def check(expression: str) -> None:
    """Raises InvalidInput saying what is wrong with it."""
    if not every(expression):
        _fields(expression)


def next_after(expression: str, at: int) -> int | None:
    """The first slot later than `at`, both in milliseconds since the epoch; None when there is none in fifty years."""
    try:
        start = datetime.fromtimestamp(at // 1000, UTC)
        found = croniter(_fields(expression), start, second_at_beginning=True).get_next(datetime)
    except (CroniterError, OverflowError, OSError):
        return None
    return int(found.timestamp()) * 1000


def last_until(expression: str, at: int) -> int | None:
    """The newest slot that is not later than `at`."""
    try:
        start = datetime.fromtimestamp(at // 1000 + 1, UTC)
        found = croniter(_fields(expression), start, second_at_beginning=True).get_prev(datetime)
    except (CroniterError, OverflowError, OSError):
        return None
    return int(found.timestamp()) * 1000


def _fields(expression: str) -> str:
    written = expression.strip()
    fields = _NAMED.get(written, written)
    if len(fields.split()) == 5:
        fields += " *"  # as KFP: what may be left out is the day of the week, and seconds come first
    if not _ALLOWED.fullmatch(fields) or _UNKNOWN.search(fields) or len(fields.split()) != 6:
        raise InvalidInput(
            f"'{written[:100]}' is not a cron expression: it must have six fields: second, minute, hour, day, month "
            "and day of the week"
        )
    try:
        croniter.expand(fields, second_at_beginning=True)
    except (CroniterError, ValueError) as error:
        raise InvalidInput(f"'{written[:100]}' is not a cron expression: {error}") from None
    return fields
