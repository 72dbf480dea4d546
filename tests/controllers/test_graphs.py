"""Graphs over endpoints whose processes start in an instant."""

from typing import Any

import pytest

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.domain.graphs import Wiring
from modelyard.formats.kserve import inference_graph
from tests.support.conditions import until
from tests.support.light import uri
from tests.support.tracking import ME
from tests.support.yard import Yard


def wired(router: str, *steps: Any) -> Wiring:
    document = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "metadata": {"name": "chain"},
        "spec": {"nodes": {"root": {"routerType": router, "steps": list(steps)}}},
    }
    return inference_graph.parse(document).wiring


async def published(yard: Yard, wiring: Wiring, name: str = "chain") -> None:
    graph, _ = await yard.graphs.apply(ME, name, wiring, {"wiring": str(wiring)})
    await until(lambda: (route := yard.directory.route(name)) is not None and route.stable.revision == graph.generation)


async def test_a_graph_is_answered_by_its_endpoints_and_changes_while_they_stay(light: Yard) -> None:
    for value, name in enumerate(("one", "two"), 1):
        await light.endpoints.deploy(ME, name, uri(value=value))
        await light.ready(name)
    await published(light, wired("Sequence", {"serviceName": "one"}, {"serviceName": "two"}))
    answer = await light.ask("chain")
    assert (answer.endpoint, answer.predictions, answer.revision, answer.model_version) == ("chain", b"2", 1, "1")
    assert light.directory.names() == ("chain", "one", "two")
    assert light.directory.lookup("chain").metadata.platform == "kserve_inference_graph"
    await published(light, wired("Ensemble", {"serviceName": "one", "name": "a"}, {"serviceName": "two", "name": "b"}))
    assert (await light.ask("chain")).predictions == b'{"a":{"predictions":1},"b":{"predictions":2}}'
    assert {number: one.asked for number, one in light.plane.lately("chain").items()} == {2: 1}
    await light.graphs.remove(ME, "chain")
    await until(lambda: light.directory.route("chain") is None)
    with pytest.raises(NotFound):
        await light.ask("chain")


async def test_a_graph_without_one_of_its_endpoints_is_not_ready_and_answers_as_far_as_it_can(light: Yard) -> None:
    await light.endpoints.deploy(ME, "one", uri(value=1))
    await light.ready("one")
    await published(light, wired("Ensemble", {"serviceName": "one"}, {"serviceName": "gone"}))
    with pytest.raises(Unavailable, match="Graph 'chain' needs 'gone'"):
        light.directory.lookup("chain")
    assert (await light.ask("chain")).predictions == b'{"0":{"predictions":1}}'
    await published(light, wired("Ensemble", {"serviceName": "one"}, {"serviceName": "gone", "dependency": "Hard"}))
    with pytest.raises(Unavailable, match="Graph 'chain' needs 'gone': There is no endpoint 'gone'"):
        await light.ask("chain")


async def test_graphs_come_back_with_the_server_and_never_lead_to_graphs(light: Yard) -> None:
    await light.endpoints.deploy(ME, "one", uri(value=1))
    await light.ready("one")
    await published(light, wired("Sequence", {"serviceName": "one"}))
    await published(light, wired("Sequence", {"serviceName": "chain"}), "outer")
    await published(light, wired("Sequence", {"serviceName": "itself"}), "itself")
    await light.stop()
    light.start()
    assert (await light.ask("chain")).predictions == b"1"
    for name in ("outer", "itself"):
        with pytest.raises(Unavailable, match="is a graph; the steps of a graph ask endpoints"):
            await light.ask(name)
