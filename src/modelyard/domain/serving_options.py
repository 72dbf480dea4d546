"""How a revision is served, apart from which model it is: immutable, as the revision is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from modelyard.domain.errors import InvalidInput

MOST_REPLICAS = 64
LONGEST_TIMEOUT = 3600.0
MOST_VARIABLES = 100
LONGEST_VARIABLE = 32_768
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Switch(StrEnum):
    """AUTO leaves it to the server, which says in the status what it chose and why."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class PayloadMode(StrEnum):
    """Which payloads are logged."""

    NONE = "none"
    ALL = "all"
    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many processes answer. With `least` 0 none is kept after `idle_seconds` without a request.

    Another one starts while more than `target` requests a process are in flight, up to `most`. `limit` is how many
    requests one process is given at once (0: as many as come); `queue` is how many may wait in all before callers
    are told to come back later.
    """

    least: int = 1
    most: int = 1
    target: int = 8
    limit: int = 0
    queue: int = 1000
    idle_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Batching:
    """Requests that wait while the model is busy are predicted together, up to `most_rows` rows.

    AUTO does so for flavours whose rows are known to be independent of each other.
    """

    mode: Switch = Switch.AUTO
    most_rows: int = 1024


@dataclass(frozen=True, slots=True)
class PayloadLog:
    """A `share` (0 to 1) of requests is kept as Parquet, and sent as CloudEvents to `sink` when there is one."""

    mode: PayloadMode = PayloadMode.NONE
    share: float = 1.0
    sink: str = ""


@dataclass(frozen=True, slots=True)
class Transformer:
    """A program that requests and answers pass through: it is asked instead of the model, and asks the model itself.

    It runs in `folder`, or in a temporary one. It is ready when GET of `ready_path` succeeds, or where that is empty,
    when it answers at all. `memory` limits it in bytes, 0 does not.
    """

    command: tuple[str, ...]
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    ready_path: str = ""
    memory: int = 0


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """`memory` (bytes, 0: not bounded) limits each process; `timeout` is seconds to an answer.

    `script` is a Python file in the model's directory that answers scoring requests; `environment_variables` are seen
    by the model's process.
    """

    environment: str = "local"
    scaling: Scaling = field(default_factory=Scaling)
    batching: Batching = field(default_factory=Batching)
    acceleration: Switch = Switch.AUTO
    payload_log: PayloadLog = field(default_factory=PayloadLog)
    timeout: float = 60.0
    memory: int = 0
    script: str = ""
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    transformer: Transformer | None = None


def checked_options(options: ServingOptions) -> ServingOptions:
    """Raises InvalidInput naming the option that cannot be."""
    scaling = options.scaling
    rules = (
        (0 <= scaling.least <= scaling.most, f"scaling.least ({scaling.least}) must be 0 to scaling.most"),
        (1 <= scaling.most <= MOST_REPLICAS, f"scaling.most ({scaling.most}) must be 1 to {MOST_REPLICAS}"),
        (scaling.target >= 1, f"scaling.target ({scaling.target}) must be at least 1"),
        (scaling.limit >= 0, f"scaling.limit ({scaling.limit}) must not be negative"),
        (scaling.queue >= 0, f"scaling.queue ({scaling.queue}) must not be negative"),
        (scaling.idle_seconds >= 0, f"scaling.idle_seconds ({scaling.idle_seconds:g}) must not be negative"),
        (options.batching.most_rows >= 1, f"batching.most_rows ({options.batching.most_rows}) must be at least 1"),
        (0 <= options.payload_log.share <= 1, f"payload_log.share ({options.payload_log.share:g}) must be 0 to 1"),
        (
            0 < options.timeout <= LONGEST_TIMEOUT,
            f"timeout ({options.timeout:g}) must be over 0 and at most {LONGEST_TIMEOUT:g} seconds",
        ),
        (options.memory >= 0, f"memory ({options.memory}) must not be negative"),
    )
    for holds, message in rules:
        if not holds:
            raise InvalidInput(message)
    _check_variables(options.environment_variables)
    if options.transformer is not None:
        _check_transformer(options.transformer)
    return options


def _check_transformer(transformer: Transformer) -> None:
    if not transformer.command or not transformer.command[0]:
        raise InvalidInput("transformer.command is empty; it must name a program and its arguments")
    if any("\0" in part for part in transformer.command) or len("".join(transformer.command)) > LONGEST_VARIABLE:
        raise InvalidInput(f"transformer.command has a NUL character, or over {LONGEST_VARIABLE} characters")
    for name, given in (("folder", transformer.folder), ("ready_path", transformer.ready_path)):
        if given and (not given.startswith("/") or "\0" in given):
            raise InvalidInput(f"transformer.{name} is '{given[:100]}'; it must be an absolute path")
    if transformer.memory < 0:
        raise InvalidInput(f"transformer.memory ({transformer.memory}) must not be negative")
    _check_variables(transformer.environment_variables)


def _check_variables(variables: Mapping[str, str]) -> None:
    """Values may be secret, so they are not repeated."""
    if len(variables) > MOST_VARIABLES:
        raise InvalidInput(f"environment_variables has {len(variables)} entries; it may have {MOST_VARIABLES}")
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name):
            raise InvalidInput(f"'{name[:100]}' cannot be an environment variable; use letters, digits and '_'")
        if "\0" in value or len(value.encode("utf-8", "surrogatepass")) > LONGEST_VARIABLE:
            raise InvalidInput(f"The value of {name[:100]} has a NUL character, or over {LONGEST_VARIABLE} bytes")
