import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, NotFound, Unavailable
from modelyard.formats import tensors
from modelyard.formats.inference import Encoding, Form, InferenceRequest, InferenceResult, Tensor, parse_csv, parse_json
from modelyard.formats.kserve.inference_graph import parse
from modelyard.serving.graphs import Graph
from modelyard.serving.replica_client import ReplicaLost

OWN = {"scores": [1], "instances": [5]}


async def answer(name: str, request: InferenceRequest, seconds: float) -> InferenceResult:
    """Endpoints that add 1 or double each number, one that is down, one that is lost, and one that tells its time.

    One with a transformer answers in its own way, and one tells the headers that it got.
    """
    if name == "lost":
        raise ReplicaLost("The replica ended")
    if name == "nobody":
        raise NotFound("There is no endpoint 'nobody'")
    if name == "time":
        return InferenceResult(name, "1", json.dumps(round(seconds)).encode())
    if name == "own":
        return InferenceResult(name, "1", json.dumps(OWN).encode(), whole=True)
    if name == "headers":
        return InferenceResult(name, "1", json.dumps(dict(request.headers)).encode())
    if name == "down":
        raise Unavailable("Endpoint 'down' has no live replica; try again later")

    def work(x: float) -> float:
        return x + 1 if name == "add" else x * 2

    if request.form is Form.TENSORS:
        (one,) = request.tensors
        data = json.dumps([work(x) for x in tensors.values(one)]).encode()
        made = Tensor(one.name, one.datatype, one.shape, data)
        return InferenceResult(name, "1", outputs=(tensors.written(made, request.encoding),))
    return InferenceResult(name, "1", json.dumps([work(x) for x in json.loads(request.payload)]).encode())


def graph(router: str, *steps: Any, **others: Any) -> Graph:
    nodes = {"root": {"routerType": router, "steps": list(steps)}, **others}
    document = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "metadata": {"name": "chain"},
        "spec": {"nodes": nodes},
    }
    read = parse(document)
    return Graph(read.name, read.wiring, answer)


def to(service: str, **more: Any) -> Any:
    return {"serviceName": service, **more}


ONE_TWO = parse_json(b'{"instances": [1, 2]}')


async def asked(made: Graph, request: InferenceRequest = ONE_TWO) -> Any:
    return json.loads((await made.infer(request, 30.0)).predictions)


async def test_a_sequence_hands_answers_on_or_asks_again() -> None:
    assert await asked(graph("Sequence", to("add"), to("double", data="$response"))) == [4, 6]
    assert await asked(graph("Sequence", to("add"), to("double"))) == [2, 4]


async def test_an_answer_in_a_transformers_own_way_stays_whole() -> None:
    found = await graph("Sequence", to("own")).infer(ONE_TWO, 30.0)
    assert (json.loads(found.predictions), found.whole) == (OWN, True)
    assert await asked(graph("Ensemble", to("own", name="a"), to("add", name="b"))) == {
        "a": OWN,
        "b": {"predictions": [2, 3]},
    }
    assert await asked(graph("Sequence", to("own"), to("add", condition="scores"))) == [2, 3]
    assert await asked(graph("Sequence", to("own"), to("add", condition="predictions"))) == OWN
    assert await asked(graph("Sequence", to("own"), to("double", data="$response"))) == [10]


async def test_all_steps_are_told_the_callers_headers() -> None:
    request = replace(ONE_TWO, headers={"x-tenant": "blue"})
    for data in ("$request", "$response"):
        assert await asked(graph("Sequence", to("add"), to("headers", data=data)), request) == {"x-tenant": "blue"}
    assert await asked(graph("Sequence", to("own"), to("headers", data="$response")), request) == {"x-tenant": "blue"}


async def test_tensors_are_handed_on_as_tensors() -> None:
    request = InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "INT64", (2,), b"[1, 2]"),))
    found = await graph("Sequence", to("add"), to("double", data="$response")).infer(request, 30.0)
    assert found.outputs == (Tensor("x", "INT64", (2,), b"[4, 6]"),)


async def test_a_soft_step_may_fail_and_a_hard_one_may_not() -> None:
    assert await asked(graph("Sequence", to("down"), to("add"))) == [2, 3]
    with pytest.raises(Unavailable):
        await asked(graph("Sequence", to("down", dependency="Hard"), to("add")))
    with pytest.raises(Unavailable):
        await asked(graph("Sequence", to("add"), to("down")))


async def test_a_sequence_ends_with_an_answer_that_does_not_meet_the_next_condition() -> None:
    """As in KServe's router, the condition is about the answer, whatever is sent on."""

    def steps(condition: str) -> Any:
        return to("add"), to("double", data="$request", condition=condition)

    assert await asked(graph("Sequence", *steps("predictions.5"))) == [2, 3]
    assert await asked(graph("Sequence", *steps("[@this].#(predictions.0==2)"))) == [2, 4]
    request = InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "INT64", (2,), b"[1, 2]"),), encoding=Encoding.RAW)
    found = await graph("Sequence", *steps("outputs.0.data.#(>2)")).infer(request, 30.0)
    assert tensors.values(found.outputs[0]) == [2, 4]


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
    made = graph("Ensemble", to("add", name="plus"), to("double"))
    assert made.merges
    assert await asked(made) == {"plus": {"predictions": [2, 3]}, "1": {"predictions": [2, 4]}}
    assert await asked(graph("Ensemble", to("add"), to("down"))) == {"0": {"predictions": [2, 3]}}
    request = InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "INT64", (1,), b"[1]"),))
    assert [one.name for one in (await made.infer(request, 30.0)).outputs] == ["plus/x", "1/x"]
    with pytest.raises(Unavailable):
        await asked(graph("Ensemble", to("add"), to("down", dependency="Hard")))


async def test_nodes_lead_to_nodes() -> None:
    both = {"routerType": "Ensemble", "steps": [to("add", name="a"), to("double", name="b")]}
    made = graph("Sequence", to("add"), {"nodeName": "both", "data": "$response"}, both=both)
    assert await asked(made) == {"a": {"predictions": [3, 4]}, "b": {"predictions": [4, 6]}}
    assert made.merges
    steps = (to("add"), {"nodeName": "both"}, to("double", condition="a.predictions.#(==9)"))
    stopped = graph("Sequence", *steps, both=both)
    assert await asked(stopped) == {"a": {"predictions": [2, 3]}, "b": {"predictions": [2, 4]}}
    assert not stopped.merges


async def test_what_an_endpoint_says_names_its_step_and_is_no_failure_of_the_graph_itself() -> None:
    with pytest.raises(Unavailable, match="Step 'down': Endpoint 'down' has no live replica"):
        await asked(graph("Sequence", to("down")))
    with pytest.raises(Unavailable, match="Graph 'chain' needs 'nobody'"):
        await asked(graph("Sequence", to("nobody")))
    with pytest.raises(Unavailable) as lost:
        await asked(graph("Sequence", to("lost")))
    assert not isinstance(lost.value, ReplicaLost)


async def test_the_time_of_a_request_is_that_of_all_its_steps() -> None:
    one = graph("Sequence", to("time"))
    assert 2900 < json.loads((await one.infer(ONE_TWO, 3000.0)).predictions) <= 3000
    with pytest.raises(DeadlineExceeded, match="no time left to ask 'time'"):
        await one.infer(ONE_TWO, 0.0)
