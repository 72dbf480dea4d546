"""Graphs of endpoints as the server tells of them. Times are milliseconds since the epoch."""

from collections.abc import Mapping

from msgspec import Struct

from modelyard.sdk.endpoints import Condition, Lately


class Step(Struct, frozen=True):
    """Where a node sends a request: to an endpoint (`service`) or to another `node`, one of the two."""

    name: str
    service: str
    node: str
    response: bool
    weight: int
    condition: str
    soft: bool


class Node(Struct, frozen=True):
    """`router` is Sequence, Splitter, Ensemble or Switch."""

    router: str
    steps: list[Step]


class Graph(Struct, frozen=True):
    """Endpoints that answer as one; it is `ready` when all of them answer, and `message` says why not."""

    name: str
    ready: bool
    message: str
    conditions: list[Condition]
    endpoints: list[str]
    nodes: Mapping[str, Node]
    timeout: float
    step_timeout: float
    ignored: list[str]
    generation: int
    invocations_path: str
    url: str
    created_at: int
    updated_at: int
    lately: Lately | None = None
