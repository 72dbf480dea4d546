from typing import Any

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.graphs import RouterType
from modelyard.formats.kserve.inference_graph import parse


def graph(**nodes: Any) -> Any:
    return {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "metadata": {"name": "chain"},
        "spec": {"nodes": nodes},
    }


def to(service: str, **more: Any) -> Any:
    return {"serviceName": service, **more}


def test_a_graph_is_read() -> None:
    read = parse(
        graph(
            root={"routerType": "Sequence", "steps": [to("clean"), {"nodeName": "both", "data": "$response"}]},
            both={"routerType": "Ensemble", "steps": [to("a", name="first"), to("b", dependency="Hard")]},
        )
    )
    assert read.name == "chain"
    nodes = read.wiring.nodes
    assert nodes["root"].router is RouterType.SEQUENCE
    assert [(step.service, step.node, step.response) for step in nodes["root"].steps] == [
        ("clean", "", False),
        ("", "both", True),
    ]
    assert [(step.name, step.soft) for step in nodes["both"].steps] == [("first", True), ("1", False)]
    assert read.wiring.services == ("clean", "a", "b")


def test_times_are_those_of_the_whole_and_of_a_step() -> None:
    document = graph(root={"routerType": "Sequence", "steps": [to("a")]})
    document["spec"] |= {"timeout": 7, "routerTimeouts": {"serviceClient": 2, "serverIdle": 9}, "minReplicas": 2}
    wiring = parse(document).wiring
    assert (wiring.timeout, wiring.step_timeout) == (7, 2)
    assert sorted(wiring.ignored) == ["spec.minReplicas", "spec.routerTimeouts.serverIdle"]


def test_many_ways_to_the_same_node_are_looked_at_once() -> None:
    layers = {
        f"n{at}": {
            "routerType": "Switch",
            "steps": [{"nodeName": f"n{at + 1}", "condition": f"a{k}"} for k in range(20)],
        }
        for at in range(25)
    }
    layers["n25"] = {"routerType": "Sequence", "steps": [to("a")]}
    read = parse(graph(root={"routerType": "Sequence", "steps": [{"nodeName": "n0"}]}, **layers))
    assert len(read.wiring.nodes) == 27


def test_one_request_cannot_become_any_number_of_them() -> None:
    layers = {
        f"n{at}": {"routerType": "Ensemble", "steps": [{"nodeName": f"n{at + 1}"}, {"nodeName": f"n{at + 1}"}]}
        for at in range(30)
    }
    layers["n30"] = {"routerType": "Sequence", "steps": [to("a")]}
    with pytest.raises(InvalidInput, match="may cost 1073741824 calls of endpoints, over 100"):
        parse(graph(root={"routerType": "Sequence", "steps": [{"nodeName": "n0"}]}, **layers))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({"start": {"routerType": "Sequence", "steps": [to("a")]}}, "no node named root"),
        ({"root": {"routerType": "Sequence", "steps": []}}, "needs at least one step"),
        ({"root": {"routerType": "Fork", "steps": [to("a")]}}, "routerType is 'Fork'"),
        ({"root": {"routerType": "Splitter", "steps": [to("a", weight=50)]}}, "weights add up to 50, not 100"),
        ({"root": {"routerType": "Switch", "steps": [to("a")]}}, "needs a condition"),
        ({"root": {"routerType": "Switch", "steps": [to("a", condition="#(a")]}}, "open bracket or quote"),
        ({"root": {"routerType": "Sequence", "steps": [{"nodeName": "x"}]}}, "there is no node 'x'"),
        ({"root": {"routerType": "Sequence", "steps": [{"nodeName": "root"}]}}, "root → root goes in a circle"),
        ({"root": {"routerType": "Sequence", "steps": [{"nodeName": "x", "serviceName": "y"}]}}, "either serviceName"),
        ({"root": {"routerType": "Sequence", "steps": [{"serviceUrl": "http://x"}]}}, "use serviceName"),
        ({"root": {"routerType": "Sequence", "steps": [to("a", dat="$request")]}}, "Unknown field"),
        ({"root": {"routerType": "Sequence", "steps": [to("a", condition="b")]}}, "look at the answer before"),
        (
            {"root": {"routerType": "Ensemble", "steps": [to("a", name="x"), to("b", name="x")]}},
            "two steps have the same name",
        ),
    ],
)
def test_a_graph_that_cannot_work_is_refused(nodes: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(graph(**nodes))
    assert message in refused.value.message
