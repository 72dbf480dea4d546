from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.domain.errors import InvalidInput
from modelyard.domain.graphs import ROOT, Node, RouterType, Step, Wiring
from modelyard.domain.serving_options import LONGEST_TIMEOUT
from modelyard.formats.kserve import conditions, kubernetes
from modelyard.formats.kserve.reader import Reader

API_VERSION = "serving.kserve.io/v1alpha1"
KIND = "InferenceGraph"
MOST_CALLS = 100
"""Of endpoints, for one request."""
_DATA = ("", "$request", "$response")
_ALL = 100
_DEEPEST = 32
_ONE_OF = (RouterType.SPLITTER, RouterType.SWITCH)
_USUAL = Wiring({})


@dataclass(frozen=True, slots=True)
class InferenceGraph:
    """What a document says: a name, and what answers under it."""

    name: str
    wiring: Wiring


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
    timeout = spec.whole("timeout", least=1, most=round(LONGEST_TIMEOUT))
    step_timeout = _step_timeout(spec)
    spec.ignore({"resources", "affinity", "minReplicas", "maxReplicas", "scaleTarget", "scaleMetric"})
    spec.ignore({"tolerations", "nodeSelector", "nodeName", "serviceAccountName"})
    spec.end()
    _check(nodes)
    return InferenceGraph(name, Wiring(nodes, timeout or _USUAL.timeout, step_timeout, tuple(top.ignored)))


def _step_timeout(spec: Reader) -> float:
    timeouts = spec.inner("routerTimeouts")
    if timeouts is None:
        return 0.0
    seconds = timeouts.whole("serviceClient", least=1)
    timeouts.ignore({"serverRead", "serverWrite", "serverIdle"})
    timeouts.end()
    return seconds or 0.0


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
    if router is RouterType.SEQUENCE and steps[0].condition:
        raise InvalidInput(f"{node.path_of('steps')}[0].condition: conditions of a Sequence look at the answer before")
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
        name=row.text("name") or str(at),
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

    calls: dict[str, int] = {}

    def walk(name: str, above: tuple[str, ...]) -> int:
        """How many calls a request that comes to the node may cost."""
        if name in above:
            raise InvalidInput(f"spec.nodes: {' → '.join((*above, name))} goes in a circle")
        if len(above) >= _DEEPEST:
            raise InvalidInput(f"spec.nodes is nested deeper than {_DEEPEST} nodes")
        if name in calls:
            return calls[name]
        node = nodes[name]
        for step in node.steps:
            if step.node and step.node not in nodes:
                raise InvalidInput(f"spec.nodes.{name}: there is no node '{step.node[:100]}'")
        costs = [walk(step.node, (*above, name)) if step.node else 1 for step in node.steps]
        calls[name] = max(costs) if node.router in _ONE_OF else sum(costs)
        return calls[name]

    if (most := walk(ROOT, ())) > MOST_CALLS:
        raise InvalidInput(f"spec.nodes: one request may cost {most} calls of endpoints, over {MOST_CALLS}")
