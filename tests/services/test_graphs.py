from collections.abc import Sequence
from typing import Any

import pytest

from modelyard.domain.endpoint_status import Condition, Phase, Status, Truth
from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.graphs import Graphs
from modelyard.services.manifests import Manifests
from modelyard.services.rollouts import Rollouts
from modelyard.storage.database import Database
from tests.support.tracking import ME, journal

MODEL = "mlflow-artifacts:/1/models/one"


def document(*services: str, **spec: Any) -> dict[str, Any]:
    steps = [{"serviceName": service} for service in services]
    return {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "metadata": {"name": "chain"},
        "spec": {"nodes": {"root": {"routerType": "Sequence", "steps": steps}}, **spec},
    }


@pytest.fixture
def graphs(database: Database, changes: EndpointChanges) -> Graphs:
    return Graphs(database, changes)


@pytest.fixture
def manifests(endpoints: Endpoints, graphs: Graphs, changes: EndpointChanges) -> Manifests:
    return Manifests(endpoints, Rollouts(changes), graphs)


async def holding(graphs: Graphs) -> Sequence[tuple[str, Truth, str]]:
    return [(one.type, one.status, one.reason) for one in (await graphs.get(ME, "chain")).conditions]


async def test_a_document_makes_a_graph_and_the_same_again_changes_nothing(
    manifests: Manifests, graphs: Graphs, database: Database
) -> None:
    applied = await manifests.apply(ME, document("a", tolerations=[{}]))
    assert (applied.name, applied.kind, applied.changed, applied.created) == ("chain", "InferenceGraph", True, True)
    assert applied.ignored == ("spec.tolerations",)
    first, before = (await graphs.get(ME, "chain")).graph, await graphs.fingerprint()
    assert not (await manifests.apply(ME, document("a", tolerations=[{}]))).changed
    assert (await graphs.get(ME, "chain")).graph == first
    again = await manifests.apply(ME, document("a", "b"))
    assert (again.changed, again.created) == (True, False)
    second = (await graphs.get(ME, "chain")).graph
    assert (second.generation, second.wiring.services, second.created_at) == (2, ("a", "b"), first.created_at)
    assert await graphs.fingerprint() != before
    assert await manifests.export(ME, "chain") == document("a", "b")
    assert [action for action, _, _ in await journal(database)] == ["graph.applied", "graph.applied"]


async def test_a_graph_says_which_of_its_endpoints_is_missing_or_does_not_answer(
    manifests: Manifests, graphs: Graphs, endpoints: Endpoints, database: Database, changes: EndpointChanges
) -> None:
    await manifests.apply(ME, document("a", "b"))
    assert (await graphs.get(ME, "chain")).ready.message == "There is no endpoint 'a', 'b'"
    missing = (Truth.FALSE, "ServiceNotFound")
    assert await holding(graphs) == [("ServicesResolved", *missing), ("Ready", *missing)]
    for name in ("a", "b"):
        await endpoints.deploy(ME, name, MODEL)
    resolved = ("ServicesResolved", Truth.TRUE, "")
    assert await holding(graphs) == [resolved, ("Ready", Truth.UNKNOWN, "ServiceNotReady")]
    reports = EndpointReports(database, changes)
    answering = Condition("PredictorReady", Truth.TRUE, since=1 << 60)
    for name in ("a", "b"):
        await reports.report(name, Status(Phase.READY, conditions=(answering,)))
    assert await holding(graphs) == [resolved, ("Ready", Truth.TRUE, "")]
    assert [one.ready.since for one in await graphs.list(ME)] == [1 << 60]
    await reports.report("b", Status(Phase.STOPPED))
    assert await holding(graphs) == [resolved, ("Ready", Truth.FALSE, "ServiceNotReady")]
    await endpoints.remove(ME, "a")
    assert (await graphs.get(ME, "chain")).ready.message == "There is no endpoint 'a'"


async def test_names_are_those_of_one_graph_or_one_endpoint(
    manifests: Manifests, graphs: Graphs, endpoints: Endpoints
) -> None:
    await manifests.apply(ME, document("a"))
    with pytest.raises(AlreadyExists, match="There is a graph 'chain'"):
        await endpoints.deploy(ME, "chain", MODEL)
    await graphs.remove(ME, "chain")
    with pytest.raises(NotFound, match="no graph 'chain'"):
        await graphs.remove(ME, "chain")
    with pytest.raises(NotFound, match="no endpoint 'chain'"):
        await manifests.export(ME, "chain")
    await endpoints.deploy(ME, "chain", MODEL)
    with pytest.raises(AlreadyExists, match="There is an endpoint 'chain'"):
        await manifests.apply(ME, document("a"))
    wrong = document("a")
    wrong["metadata"]["name"] = "Not_A_Name"
    with pytest.raises(InvalidInput, match="Not_A_Name"):
        await manifests.apply(ME, wrong)
