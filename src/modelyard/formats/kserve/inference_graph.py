from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modelyard.domain.errors import InvalidInput
from modelyard.formats.kserve import conditions, kubernetes
from modelyard.formats.kserve.reader import Reader

API_VERSION = "serving.kserve.io/v1alpha1"
KIND = "InferenceGraph"
ROOT = "root"
_DATA = ("", "$request", "$response")
_ALL = 100
_DEEPEST = 32


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
class InferenceGraph:
    """Nodes by name, of which `root` comes first; `ignored` are fields that have no effect here."""

    name: str
    nodes: Mapping[str, Node]
    ignored: Sequence[str] = ()


def parse(document: Mapping[str, object]) -> InferenceGraph:
    """Raises InvalidInput naming the field that is wrong, missing or unknown, and for graphs that never end."""
    top = Reader(document)
    top.choice("apiVersion", (API_VERSION,), "")
    top.choice("kind", (KIND,), "")
    metadata, spec = top.inner("metadata"), top.inner("spec")
    if metadata is None or spec is None:
        raise InvalidInput("An InferenceGraph needs metadata and a spec")
    name = metadata.needed("name")
    metadata.ignore({"namespace", "labels", "annotations", *kubernetes.METADATA})
    metadata.end()
    top.ignore({"status"})
    top.end()
    listed = spec.inner("nodes")
    if listed is None:
        raise InvalidInput("spec.nodes is missing")
    nodes = {key: _node(inner) for key in listed.names() if (inner := listed.inner(key)) is not None}
    spec.ignore({"resources", "affinity", "timeout", "minReplicas", "maxReplicas", "scaleTarget", "scaleMetric"})
    spec.ignore({"tolerations", "nodeSelector", "nodeName", "serviceAccountName"})
    spec.end()
    _check(nodes)
    return InferenceGraph(name, nodes, tuple(top.ignored))


def _node(node: Reader) -> Node:
    router = RouterType(node.choice("routerType", tuple(RouterType), ""))
    steps = [_step(row, at) for at, row in enumerate(node.rows("steps"))]
    if not steps:
        raise InvalidInput(f"{node.path_of('steps')} is missing: a node needs at least one step")
    node.end()
    if router is RouterType.SPLITTER and (total := sum(step.weight for step in steps)) != _ALL:
        raise InvalidInput(f"{node.path_of('steps')}: the weights add up to {total}, not 100")
    if router is RouterType.SWITCH and not all(step.condition for step in steps):
        raise InvalidInput(f"{node.path_of('steps')}: each step of a Switch needs a condition")
    names = [step.name for step in steps]
    if len(set(names)) < len(names):
        raise InvalidInput(f"{node.path_of('steps')}: two steps have the same name")
    return Node(router, steps)


def _step(row: Reader, at: int) -> Step:
    node, service = row.text("nodeName"), row.text("serviceName")
    if row.text("serviceUrl"):
        raise InvalidInput(f"{row.path_of('serviceUrl')}: graphs call endpoints of this server; use serviceName")
    if bool(node) == bool(service):
        raise InvalidInput(f"{row.path_of('serviceName')}: a step needs either serviceName or nodeName")
    step = Step(
        name=row.text("name") or service or f"{node}-{at}",
        service=service,
        node=node,
        response=row.choice("data", _DATA, "") == "$response",
        weight=row.whole("weight", most=_ALL) or 0,
        condition=row.text("condition"),
        soft=row.choice("dependency", ("Soft", "Hard"), "Soft") == "Soft",
    )
    if step.condition:
        conditions.check(step.condition)
    row.end()
    return step


def _check(nodes: Mapping[str, Node]) -> None:
    if ROOT not in nodes:
        raise InvalidInput("spec.nodes has no node named root, where requests come in")

    ended: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise InvalidInput(f"spec.nodes: {' → '.join((*above, name))} goes in a circle")
        if len(above) >= _DEEPEST:
            raise InvalidInput(f"spec.nodes is nested deeper than {_DEEPEST} nodes")
        for step in nodes[name].steps:
            if step.node and step.node not in nodes:
                raise InvalidInput(f"spec.nodes.{name}: there is no node '{step.node[:100]}'")
            if step.node and step.node not in ended:
                walk(step.node, (*above, name))
        ended.add(name)

    walk(ROOT, ())
