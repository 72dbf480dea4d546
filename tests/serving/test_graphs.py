import json
from collections import Counter
from typing import Any

import pytest

from modelyard.domain.errors import InvalidInput, NotFound, Unavailable
from modelyard.formats.inference import Form, InferenceRequest, InferenceResult, Tensor, parse_csv, parse_json
from modelyard.formats.kserve.inference_graph import parse
from modelyard.serving.graphs import Graph


async def answer(name: str, request: InferenceRequest) -> InferenceResult:
    """Endpoints that add 1 or double each number, and one that never answers."""
    if name == "down":
        raise Unavailable("Endpoint 'down' has no live replica; try again later")

    def work(x: float) -> float:
        return x + 1 if name == "add" else x * 2

    if request.form is Form.TENSORS:
        (one,) = request.tensors
        data = json.dumps([work(x) for x in json.loads(one.data)]).encode()
        return InferenceResult(name, "1", outputs=(Tensor(one.name, one.datatype, one.shape, data),))
    return InferenceResult(name, "1", json.dumps([work(x) for x in json.loads(request.payload)]).encode())


def graph(router: str, *steps: Any, **others: Any) -> Graph:
    nodes = {"root": {"routerType": router, "steps": list(steps)}, **others}
    document = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "metadata": {"name": "chain"},
        "spec": {"nodes": nodes},
    }
    return Graph(parse(document), answer)


def to(service: str, **more: Any) -> Any:
    return {"serviceName": service, **more}


ONE_TWO = parse_json(b'{"instances": [1, 2]}')


async def asked(made: Graph, request: InferenceRequest = ONE_TWO) -> Any:
    return json.loads((await made.infer(request)).predictions)


async def test_a_sequence_hands_answers_on_or_asks_again() -> None:
    assert await asked(graph("Sequence", to("add"), to("double", data="$response"))) == [4, 6]
    assert await asked(graph("Sequence", to("add"), to("double"))) == [2, 4]


async def test_tensors_are_handed_on_as_tensors() -> None:
    request = InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "INT64", (2,), b"[1, 2]"),))
    found = await graph("Sequence", to("add"), to("double", data="$response")).infer(request)
    assert found.outputs == (Tensor("x", "INT64", (2,), b"[4, 6]"),)


async def test_a_soft_step_may_fail_and_a_hard_one_may_not() -> None:
    assert await asked(graph("Sequence", to("down"), to("add"))) == [2, 3]
    with pytest.raises(Unavailable):
        await asked(graph("Sequence", to("down", dependency="Hard"), to("add")))
    with pytest.raises(Unavailable):
        await asked(graph("Sequence", to("add"), to("down")))


async def test_a_sequence_ends_where_a_condition_does_not_hold() -> None:
    steps = (to("add"), to("double", data="$response", condition="instances.5"))
    assert await asked(graph("Sequence", *steps)) == [2, 3]


async def test_a_switch_takes_the_first_step_that_applies() -> None:
    switch = graph("Switch", to("double", condition="instances.#(>5)"), to("add", condition="instances"))
    assert await asked(switch, parse_json(b'{"instances": [6]}')) == [12]
    assert await asked(switch) == [2, 3]
    with pytest.raises(NotFound, match="No step of node 'root'"):
        await asked(switch, parse_json(b'{"inputs": [1]}'))
    with pytest.raises(InvalidInput, match="takes JSON, not files"):
        await asked(switch, parse_csv(b"a\n1\n"))


async def test_a_splitter_keeps_to_its_weights() -> None:
    split = graph("Splitter", to("add", weight=30), to("double", weight=70))
    one = parse_json(b'{"instances": [10]}')
    seen = Counter([(await asked(split, one))[0] for _ in range(100)])
    assert seen == {11: 30, 20: 70}


async def test_an_ensemble_answers_with_what_all_say() -> None:
    assert await asked(graph("Ensemble", to("add", name="plus"), to("double"))) == {"plus": [2, 3], "double": [2, 4]}
    assert await asked(graph("Ensemble", to("add"), to("down"))) == {"add": [2, 3]}
    with pytest.raises(Unavailable):
        await asked(graph("Ensemble", to("add"), to("down", dependency="Hard")))


async def test_nodes_lead_to_nodes() -> None:
    both = {"routerType": "Ensemble", "steps": [to("add"), to("double")]}
    made = graph("Sequence", to("add"), {"nodeName": "both", "data": "$response"}, both=both)
    assert await asked(made) == {"add": [3, 4], "double": [4, 6]}
