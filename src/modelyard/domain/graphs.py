from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from modelyard.domain.endpoint_status import Condition

ROOT = "root"
"""The node where requests come in."""


class RouterType(StrEnum):
    """What a node does with a request."""

    SEQUENCE = "Sequence"
    SPLITTER = "Splitter"
    ENSEMBLE = "Ensemble"
    SWITCH = "Switch"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a node sends a request: to an endpoint (`service`) or to another `node`, one of the two.

    In a sequence, `response` sends on what the step before answered instead of the request. `soft` steps may fail.
    """

    name: str
    service: str
    node: str
    response: bool = False
    weight: int = 0
    condition: str = ""
    soft: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """Where a request goes next, and by what rule."""

    router: RouterType
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Wiring:
    """How endpoints answer as one. `timeout` is seconds to an answer, `step_timeout` to that of one step (0: the same).

    `ignored` are the fields of its document that were accepted and have no effect.
    """

    nodes: Mapping[str, Node]
    timeout: float = 60.0
    step_timeout: float = 0.0
    ignored: Sequence[str] = ()

    @property
    def services(self) -> tuple[str, ...]:
        """What it asks, each once, in order."""
        found = (step.service for node in self.nodes.values() for step in node.steps if step.service)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Graph:
    """A name under which several endpoints answer as one. `generation` goes up with every change of the wiring."""

    name: str
    wiring: Wiring
    generation: int
    created_at: int
    updated_at: int
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GraphDetail:
    """A graph and how it is, which follows from how its endpoints are."""

    graph: Graph
    conditions: Sequence[Condition]

    @property
    def ready(self) -> Condition:
        return next(one for one in self.conditions if one.type == "Ready")
