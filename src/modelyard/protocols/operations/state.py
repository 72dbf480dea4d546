from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperationsState:
    """What the server can say of itself. `ready` names by part what keeps it from its work, if
    anything does, and `notes` what is worth knowing of it otherwise.
    """

    ready: Callable[[], Awaitable[Mapping[str, str]]]
    notes: Callable[[], Mapping[str, str]]
    metrics: Callable[[], tuple[bytes, str]]
    openapi: Callable[[], bytes]
    documentation: Callable[[], bytes]
