"""From the text of a setting to its value. Each raises ValueError with what the text should have been."""

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from modelyard.executors.memory import of_machine

E = TypeVar("E", bound=StrEnum)
_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
_SIZE = re.compile(r"(\d+)\s*([KMGT]?)B?", re.IGNORECASE)
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


class LogFormat(StrEnum):
    HUMAN = "human"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class RequestLog(StrEnum):
    AUTO = "auto"
    ALL = "all"
    NONE = "none"


class PresignedUrls(StrEnum):
    """AUTO is where the store has them."""

    AUTO = "auto"
    OFF = "off"


class FinalStatus(StrEnum):
    """How a PipelineTaskFinalStatus calls success: as the SDK documents it, or as KFP's own backend does."""

    SUCCEEDED = "succeeded"
    COMPLETE = "complete"


def text(given: str) -> str:
    return given


def path(given: str) -> Path:
    if not given:
        raise ValueError("it must be a path")
    return Path(given).expanduser().absolute()


def port(given: str) -> int:
    if not given.isascii() or not given.isdigit() or int(given) > 65535:
        raise ValueError("it must be a port number from 0 to 65535")
    return int(given)


class RpcPort(StrEnum):
    """Ports that are words: AUTO is the usual one where it is free."""

    AUTO = "auto"
    OFF = "off"


def rpc_port(given: str) -> int | RpcPort:
    try:
        return RpcPort(given.lower())
    except ValueError:
        pass
    try:
        return port(given)
    except ValueError as error:
        raise ValueError(f"{error}, auto or off") from None


def words(given: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in given.split(",") if word.strip())


def paths(given: str) -> tuple[Path, ...]:
    return tuple(path(word) for word in words(given))


def switch(given: str) -> bool:
    if given.lower() in _YES | _NO:
        return given.lower() in _YES
    raise ValueError("it must be true or false")


def seconds(given: str) -> float:
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 86_400:
        raise ValueError("it must be a number of seconds from 0 to 86400")
    return number


def number(given: str) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise ValueError("it must be a whole number, such as 1000")
    return int(given)


def cpus(given: str) -> float:
    """Cores; 0 for all."""
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100_000:
        raise ValueError("it must be a number of cores such as 2 or 0.5, or 0 for all")
    return number


def days(given: str) -> float:
    """Of 24 hours; 0 for no end."""
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 36_500:
        raise ValueError("it must be a number of days such as 7 or 0.5, or 0 for no end")
    return number


def size(given: str) -> int:
    """Bytes, with decimal units: 10, 500MB, 2 GB."""
    match = _SIZE.fullmatch(given.strip())
    if match is None:
        raise ValueError("it must be a number of bytes such as 500MB or 2GB")
    return int(match[1]) * _UNITS[match[2].upper()]


def memory(given: str) -> int:
    """Bytes, written as they are or as a part of what the machine has: 8GB, 50%."""
    part = given.strip().removesuffix("%")
    if part == given.strip():
        return size(given)
    if not part.isdecimal() or int(part) > 100:
        raise ValueError("it must be a number of bytes such as 8GB, or a part of the machine's memory such as 50%")
    return of_machine() * int(part) // 100


def choice(options: type[E]) -> Callable[[str], E]:
    def chosen(given: str) -> E:
        try:
            return options(given.lower())
        except ValueError:
            raise ValueError(f"it must be one of {', '.join(options)}") from None

    return chosen


def is_http(given: str) -> bool:
    return given.startswith(("http://", "https://"))


def url(given: str) -> str:
    if not is_http(given):
        raise ValueError("it must be an http:// or https:// URL")
    return given.rstrip("/")
