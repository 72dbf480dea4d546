"""The append-only record of every change: audit and lineage."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """`action` is a verb done to the thing `kind`/`subject` names, such as `alias.set` on model `taxi`."""

    at: int
    actor: str
    workspace_id: int
    action: str
    kind: str
    subject: str
    detail: Mapping[str, Detail] = field(default_factory=dict)
    id: int = 0
