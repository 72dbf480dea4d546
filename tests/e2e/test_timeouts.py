"""An endpoint's timeout is what it says, whoever asks: MODELYARD_SLOW_SECONDS=70 predicts for over a minute."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import grpc
import httpx
import pytest

from modelyard.domain.deployments import Deployment
from modelyard.domain.errors import DeadlineExceeded, Unavailable
from modelyard.domain.serving_options import LONGEST_TIMEOUT, Batching, ServingOptions, Switch
from modelyard.protocols.oip_grpc.wire import CLASSES, SERVICE
from modelyard.sdk.client import Client
from tests.support.conditions import await_until
from tests.support.replicas import WAIT
from tests.support.server import RunningServer, running_server
from tests.support.stocked import register

SLOW = float(os.environ.get("MODELYARD_SLOW_SECONDS", "0"))
PATIENT, HASTY = "patient", "hasty"
GRAPH = "around"
STATUSES = {grpc.StatusCode.DEADLINE_EXCEEDED: 504, grpc.StatusCode.UNAVAILABLE: 503}


@dataclass(frozen=True, slots=True)
class Slow:
    """A server whose endpoints predict only once their model finds a file."""

    server: RunningServer
    client: Client

    def folder(self) -> Path:
        """Where the model looks for it."""
        (found,) = (self.server.data_dir / "models").iterdir()
        found.chmod(0o755)
        return found

    def ask(self, path: str, body: Mapping[str, object]) -> int:
        return httpx.post(f"{self.server.url}{path}", json=body, timeout=LONGEST_TIMEOUT).status_code

    def ask_grpc(self, name: str) -> int:
        tensor = {"name": "a", "shape": [1], "datatype": "FP64", "contents": {"fp64_contents": [WAIT]}}
        request = CLASSES["ModelInferRequest"](model_name=name, inputs=[tensor])
        with grpc.insecure_channel(self.server.grpc) as channel:
            infer = channel.unary_unary(
                f"/{SERVICE}/ModelInfer",
                CLASSES["ModelInferRequest"].SerializeToString,
                CLASSES["ModelInferResponse"].FromString,
            )
            try:
                infer(request)
            except grpc.RpcError as error:
                return STATUSES.get(error.code(), 500)
            return 200

    def ask_client(self, name: str) -> int:
        try:
            self.client.predict(name, {"dataframe_records": [{"a": WAIT}]})
        except DeadlineExceeded:
            return 504
        except Unavailable:
            return 503
        return 200

    def callers(self, name: str) -> list[Callable[[], int]]:
        """One of each kind."""
        tensor = {"name": "a", "shape": [1], "datatype": "FP64", "data": [WAIT]}
        rows = {"instances": [{"a": WAIT}]}
        return [
            partial(self.ask, f"/v2/models/{name}/infer", {"inputs": [tensor]}),
            partial(self.ask, f"/v1/models/{name}:predict", rows),
            partial(self.ask, f"/endpoints/{name}/invocations", rows),
            partial(self.ask_grpc, name),
            partial(self.ask_client, name),
        ]


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slow]:
    with running_server(tmp_path_factory.mktemp("slow")) as server, Client(server.url) as client:
        with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=120) as http:
            run_id = http.post("mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
            register(http, "odd", "0", run_id)
        for name, seconds in ((PATIENT, LONGEST_TIMEOUT), (HASTY, 1.0)):
            options = ServingOptions(timeout=seconds, batching=Batching(Switch.OFF))
            client.deploy("models:/odd/1", name, how=Deployment(options))
        steps = [{"serviceName": PATIENT, "name": "only"}]
        nodes = {"root": {"routerType": "Sequence", "steps": steps}}
        kind = {"apiVersion": "serving.kserve.io/v1alpha1", "kind": "InferenceGraph"}
        client.apply({**kind, "metadata": {"name": GRAPH}, "spec": {"nodes": nodes, "timeout": 3600}})
        await_until(lambda: httpx.get(f"{server.url}/v1/models/{GRAPH}").status_code != 404)
        yield Slow(server, client)


def test_who_does_not_get_an_answer_in_the_endpoints_time_is_told_so(slow: Slow) -> None:
    with ThreadPoolExecutor() as pool:
        answers = [one.result() for one in [pool.submit(ask) for ask in slow.callers(HASTY)]]
    assert set(answers) <= {503, 504}, "its process is killed, since it answers nobody"
    assert answers.count(504) >= 1


def test_an_endpoint_with_time_answers_late(slow: Slow) -> None:
    (slow.folder() / "waiting").unlink(missing_ok=True)  # of those who were not
    callers = [*slow.callers(PATIENT), *slow.callers(GRAPH)]
    with ThreadPoolExecutor(len(callers)) as pool:
        asked = [pool.submit(ask) for ask in callers]
        await_until((slow.folder() / "waiting").exists)
        time.sleep(SLOW)
        (slow.folder() / "go").touch()
        assert [one.result() for one in asked] == [200] * len(callers)
