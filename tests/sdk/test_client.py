import socket
from collections.abc import Iterator

import pytest

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, InvalidState, NotFound, Unavailable
from modelyard.protocols.native import wire, wire_endpoints
from modelyard.sdk import endpoints, resources
from modelyard.sdk.client import Client
from tests.support.stocked import BROKEN, EXPERIMENT, MODEL, RUN_NAME, Stocked

ROWS = {"dataframe_split": {"columns": ["a", "b"], "data": [[1.0, 1.0], [2.0, 0.0]]}}


@pytest.fixture
def client(stocked: Stocked) -> Iterator[Client]:
    with Client(stocked.url) as connected:
        yield connected


def test_it_asks_the_server_it_was_given(client: Client, stocked: Stocked) -> None:
    assert client.server().pid == stocked.server.process.pid


def test_what_was_tracked_can_be_read(client: Client, stocked: Stocked) -> None:
    assert EXPERIMENT in [one.name for one in client.experiments()]
    [run] = client.runs([stocked.experiment_id], "metrics.`loss/train` < 1")
    assert (run.name, run.id) == (RUN_NAME, stocked.run_id)


def test_what_was_registered_can_be_read(client: Client) -> None:
    assert [one.name for one in client.models("name = 'linear'")] == [MODEL]
    assert [one.version for one in client.versions(MODEL)] == [1]


def test_what_happened_can_be_read(client: Client, stocked: Stocked) -> None:
    assert "run.created" in [one.action for one in client.events("run", stocked.run_id)]


def test_a_model_is_deployed_asked_and_taken_down(client: Client) -> None:
    phases: list[str] = []
    endpoint = client.deploy(
        f"models:/{MODEL}@champion", "sdk-linear", on_status=lambda seen: phases.append(seen.status.phase)
    )
    assert endpoint.ready
    assert phases[-1] == "Ready"
    assert "sdk-linear" in [one.name for one in client.endpoints()]
    assert client.predict("sdk-linear", ROWS) == pytest.approx([5.0, 4.0])
    assert client.predict_bytes("sdk-linear", b"a,b\n1,1\n", "text/csv") == pytest.approx([5.0])
    with pytest.raises(InvalidInput, match="b"):
        client.predict("sdk-linear", {"dataframe_records": [{"a": 1.0}]})

    again = client.deploy(f"models:/{MODEL}/1", "sdk-linear")
    assert again.revision.number == endpoint.revision.number + 1
    assert again.status.serving_revision == again.revision.number

    client.undeploy("sdk-linear")
    with pytest.raises(NotFound, match="sdk-linear"):
        client.endpoint("sdk-linear")
    with pytest.raises(NotFound, match="sdk-linear"):
        client.predict("sdk-linear", ROWS)


def test_a_broken_model_tells_its_reason(client: Client) -> None:
    with pytest.raises(InvalidState, match=f"models:/{BROKEN}/1"):
        client.deploy(f"models:/{BROKEN}/1", "sdk-broken")
    status = client.endpoint("sdk-broken").status
    assert status.phase == "Failed"
    assert status.message
    assert client.logs("sdk-broken")
    client.undeploy("sdk-broken")


def test_waiting_has_an_end(client: Client) -> None:
    with pytest.raises(DeadlineExceeded, match="sdk-slow"):
        client.deploy(f"models:/{MODEL}/1", "sdk-slow", timeout_seconds=0)
    client.undeploy("sdk-slow")


def test_the_servers_refusal_is_what_is_raised(client: Client) -> None:
    with pytest.raises(NotFound, match="none"):
        client.deploy("models:/none/1", "sdk-none")
    with pytest.raises(InvalidInput, match="Sdk_None"):
        client.deploy(f"models:/{MODEL}/1", "Sdk_None")
    with pytest.raises(InvalidInput, match="limit"):
        client.events(limit=0)


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with Client(url) as client, pytest.raises(Unavailable, match=f"No server answers at {url}; is `modelyard up`"):
            client.server()


def test_another_kind_of_server_is_noticed(stocked: Stocked) -> None:
    with Client(f"{stocked.url}/elsewhere") as client, pytest.raises(NotFound):
        client.server()
    with Client("not a url") as client, pytest.raises(Unavailable):
        client.server()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (resources.Server, wire.Server),
        (endpoints.Condition, wire_endpoints.Condition),
        (endpoints.Endpoint, wire_endpoints.Endpoint),
        (endpoints.Failure, wire_endpoints.Failure),
        (endpoints.Lately, wire_endpoints.Lately),
        (endpoints.Revision, wire_endpoints.Revision),
        (endpoints.RevisionStatus, wire_endpoints.RevisionStatus),
        (endpoints.RolledBack, wire_endpoints.RolledBack),
        (endpoints.Rollout, wire_endpoints.Rollout),
        (endpoints.Status, wire_endpoints.EndpointStatus),
        (endpoints.Target, wire_endpoints.Target),
        (resources.Experiment, wire.Experiment),
        (resources.Metric, wire.Metric),
        (resources.KeyValue, wire.KeyValue),
        (resources.Run, wire.Run),
        (resources.Model, wire.Model),
        (resources.ModelVersion, wire.ModelVersion),
        (resources.Event, wire.Event),
    ],
)
def test_resources_are_those_of_the_api(ours: type, theirs: type) -> None:
    assert set(ours.__struct_fields__) <= set(theirs.__struct_fields__)  # type: ignore[attr-defined] # of structs
