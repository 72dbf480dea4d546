"""A graph of endpoints from its document to its end, by the commands and protocols that users have."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.support.command_line import run
from tests.support.stocked import Stocked, register_values

Command = Callable[..., subprocess.CompletedProcess[str]]
PATIENCE = 300.0
ROWS = {"instances": [[1.0], [2.0]]}
NODES: dict[str, Any] = {
    "root": {
        "routerType": "Switch",
        "steps": [
            {"condition": "parameters", "serviceName": "graph-one"},
            {"condition": "instances.#(0>5)", "serviceName": "graph-one", "dependency": "Hard"},
            {"condition": "@this", "nodeName": "both"},
        ],
    },
    "both": {
        "routerType": "Ensemble",
        "steps": [{"name": "a", "serviceName": "graph-one"}, {"name": "b", "serviceName": "graph-two"}],
    },
}


def document(name: str, **nodes: Any) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "InferenceGraph",
        "metadata": {"name": name},
        "spec": {"nodes": nodes},
    }


@pytest.fixture
def yard(stocked: Stocked) -> Command:
    def against_the_server(*arguments: str) -> subprocess.CompletedProcess[str]:
        ended = run(*arguments, env={"MODELYARD_URL": stocked.url})
        assert ended.returncode == 0, ended.stderr
        return ended

    return against_the_server


@pytest.fixture
def http(stocked: Stocked) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stocked.url, timeout=120) as client:
        yield client


def test_a_graph_is_applied_asked_shown_written_back_and_taken_away(
    yard: Command, http: httpx.Client, stocked: Stocked, tmp_path: Path
) -> None:
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/", timeout=120) as mlflow:
        register_values(mlflow, "graph-value", [1, 2])
    for version, name in enumerate(("graph-one", "graph-two"), 1):
        yard("deploy", f"models:/graph-value/{version}", "--name", name)
    both = document("graph-both", root=NODES["both"])
    file = tmp_path / "graph.yaml"
    file.write_text(yaml.safe_dump_all([document("graph-switch", **NODES), both]))
    assert yard("apply", "-f", str(file)).stdout.splitlines() == [
        "inferencegraph.serving.kserve.io/graph-switch created",
        "inferencegraph.serving.kserve.io/graph-both created",
    ]
    fewer = NODES | {"root": NODES["root"] | {"steps": NODES["root"]["steps"][1:]}}
    file.write_text(yaml.safe_dump_all([document("graph-switch", **fewer), both]))
    again = yard("apply", "-f", str(file)).stdout.splitlines()
    assert [line.split()[-1] for line in again] == ["configured", "unchanged"]

    _wait_for(http, "graph-both")
    whole = {"a": {"predictions": [1.0, 1.0]}, "b": {"predictions": [2.0, 2.0]}}
    assert http.post("/endpoints/graph-both/", json=ROWS).json() == whole
    for path in ("/v1/models/graph-both:predict", "/endpoints/graph-switch/v1/models/graph-switch:predict"):
        assert http.post(path, json=ROWS).json() == {"predictions": whole}
    picked = http.post("/endpoints/graph-switch/", json={"instances": [[7.0]]})
    assert picked.json() == {"predictions": [1.0]}
    assert (picked.headers["x-modelyard-revision"], picked.headers["x-model-version"]) == ("2", "2")
    records = {"dataframe_records": [{"a": 1.0}]}
    one_row = {"a": {"predictions": [1.0]}, "b": {"predictions": [2.0]}}
    assert http.post("/endpoints/graph-both/invocations", json=records).json() == {"predictions": one_row}
    tensor = {"name": "a", "shape": [1, 1], "datatype": "FP64", "data": [1.0]}
    outputs = http.post("/v2/models/graph-both/infer", json={"inputs": [tensor]}).json()["outputs"]
    assert {one["name"].partition("/")[0]: one["data"] for one in outputs} == {"a": [1.0], "b": [2.0]}
    assert http.get("/v2/models/graph-both").json()["platform"] == "kserve_inference_graph"
    assert "graph-both" in http.get("/v1/models").json()["models"]

    assert "Ready" in yard("graph", "graph-switch").stdout
    assert "if instances.#(0>5), hard" in yard("graph", "graph-switch").stdout
    listed = {one["name"]: one for one in json.loads(yard("graphs", "--json").stdout)}
    assert listed["graph-both"]["ready"]
    assert yaml.safe_load(yard("export", "graph-both", "--kserve").stdout) == both

    yard("undeploy", "graph-two")
    assert "There is no endpoint 'graph-two'" in yard("graphs").stdout
    assert http.get("/v1/models/graph-both").status_code == 503
    assert http.post("/endpoints/graph-both/", json=ROWS).json() == {"a": whole["a"]}
    for name in ("graph-both", "graph-switch", "graph-one"):
        yard("undeploy", name)
    assert not {"graph-both", "graph-switch"} & {one["name"] for one in json.loads(yard("graphs", "--json").stdout)}


def _wait_for(http: httpx.Client, name: str) -> None:
    """The server that looks after endpoints hears of it at once, but not before `apply` has returned."""
    give_up = time.monotonic() + PATIENCE
    while http.get(f"/v1/models/{name}").status_code == 404:
        assert time.monotonic() < give_up
        time.sleep(0.02)
