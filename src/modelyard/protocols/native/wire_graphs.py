"""Graphs of endpoints. Times are milliseconds since the epoch, UTC."""

from msgspec import Struct

from modelyard.protocols.native.wire_endpoints import Condition, Lately


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
    """Endpoints that answer as one under a name; requests come in at the node `root`.

    It is `ready` when all of its `endpoints` answer; `message` says why not. Predictions are asked for as of an
    endpoint. `ignored` are the fields of its document that have no effect here.
    """

    name: str
    ready: bool
    message: str
    conditions: list[Condition]
    endpoints: list[str]
    nodes: dict[str, Node]
    timeout: float
    step_timeout: float
    ignored: list[str]
    generation: int
    invocations_path: str
    url: str
    created_at: int
    updated_at: int
    lately: Lately | None


class Graphs(Struct, frozen=True):
    """All graphs, by name."""

    items: list[Graph]
