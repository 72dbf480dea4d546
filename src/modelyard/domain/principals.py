"""Who asks, and what for."""

from dataclasses import dataclass

DEFAULT_WORKSPACE = 1


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody a request is made for, within one workspace."""

    name: str
    workspace_id: int = DEFAULT_WORKSPACE


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action is done to; an empty id means all of its kind."""

    kind: str
    id: str = ""


LOCAL_OWNER = Principal("local")
"""Everybody on this machine, as long as there are no accounts."""

SYSTEM = Principal("system")
"""The controllers."""
