"""What is wanted of endpoints, over HTTP; nothing of it needs a model that can be loaded."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from modelyard.formats.kserve.inference_service import EXPLAINED
from tests.support.stocked import Stocked

NOWHERE = "mlflow-artifacts:/0/models/nothing"
OPTIONS = {
    "scaling": {"least": 0, "most": 3, "target": 2, "limit": 4, "queue": 5, "idle_seconds": 1.5},
    "batching": {"mode": "off", "most_rows": 8},
    "acceleration": "off",
    "payload_log": {"mode": "all", "share": 0.5, "sink": ""},
    "timeout": 3.5,
    "memory": 1_000_000_000,
    "script": "",
    "environment_variables": {"A": "b"},
    "transformer": {
        "command": ["python", "scale.py"],
        "environment_variables": {"C": "d"},
        "folder": "/models",
        "ready_path": "/ready",
        "memory": 100_000_000,
    },
}
GUARD = {"error_rate": 0.1, "latency_ms": 250.0, "requests": 5, "window": 30.0}
PLAN = {"steps": [10, 100], "interval": 5.0}
PATIENCE = 300.0


@pytest.fixture
def http(stocked: Stocked) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{stocked.url}/api/v1/", timeout=120) as client:
        yield client


def deploy(http: httpx.Client, path: str, **wanted: Any) -> dict[str, Any]:
    answer = http.put(f"endpoints/{path}", json={"model_uri": NOWHERE, **wanted})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(http: httpx.Client, path: str, **wanted: Any) -> dict[str, Any]:
    answer = http.post(f"endpoints/{path}", json=wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def until(http: httpx.Client, name: str, phase: str) -> dict[str, Any]:
    give_up = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = http.get(f"endpoints/{name}").json()
        if found["status"]["phase"] == phase and found["status"]["generation"] == found["generation"]:
            return found
        assert time.monotonic() < give_up, found
        time.sleep(0.02)


def test_all_that_is_said_of_a_deployment_comes_back(http: httpx.Client, stocked: Stocked) -> None:
    deploy(http, "said")
    made = deploy(http, "said", environment="uv", options=OPTIONS, canary=20, guard=GUARD, plan=PLAN)
    assert (made["revision"]["number"], made["revision"]["environment"]) == (2, "uv")
    assert made["revision"]["options"] == OPTIONS
    rollout = made["rollout"]
    assert rollout["targets"] == [
        {"revision": 1, "weight": 80, "shadow": False},
        {"revision": 2, "weight": 20, "shadow": False},
    ]
    assert (rollout["stable"], rollout["canary"], rollout["previous"]) == (1, 2, 0)
    assert (rollout["guard"], rollout["plan"], rollout["follows"], rollout["stopped"]) == (GUARD, PLAN, "", False)
    assert (made["wanted"], made["generation"], made["models"]) == ("serving", 2, {})
    assert made["url"] == f"{stocked.url}/endpoints/said"
    assert made["invocations_path"] == "/endpoints/said/invocations"
    http.delete("endpoints/said")


def test_the_status_says_what_went_wrong_in_kserves_words(http: httpx.Client) -> None:
    deploy(http, "wrong")
    found = until(http, "wrong", "Failed")
    status = found["status"]
    assert (status["transition"], status["reason"]) == ("BlockedByFailedLoad", "ModelNotFetched")
    assert {one["type"]: one["status"] for one in status["conditions"]}["Ready"] == "False"
    [revision] = found["revisions"]
    assert revision["status"]["state"] == "FailedToLoad"
    assert revision["status"]["failure"]["reason"] == "ModelNotFetched"
    assert [one["number"] for one in http.get("endpoints/wrong/revisions").json()["items"]] == [1]
    http.delete("endpoints/wrong")


def test_the_status_names_what_a_document_of_kserve_says_in_vain(http: httpx.Client) -> None:
    model = {"modelFormat": {"name": "mlflow"}, "storageUri": NOWHERE}
    document = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "vain", "annotations": {"serving.kserve.io/stop": "true"}},
        "spec": {"predictor": {"model": model, "tolerations": [{}]}, "explainer": {"containers": []}},
    }
    assert http.post("manifests", json={"document": document}).status_code == 200
    ignored = http.get("endpoints/vain").json()["status"]["ignored"]
    assert ignored == ["spec.predictor.tolerations", f"spec.explainer ({EXPLAINED})"]
    http.delete("endpoints/vain")


def test_shares_are_shifted_promoted_and_taken_back(http: httpx.Client) -> None:
    deploy(http, "shift")
    deploy(http, "shift", canary=10)
    shifted = change(http, "shift/traffic", targets=[{"revision": 1, "weight": 40}, {"revision": 2, "weight": 60}])
    assert [one["weight"] for one in shifted["rollout"]["targets"]] == [40, 60]
    back = change(http, "shift/rollback", generation=shifted["generation"])
    assert back["rollout"]["targets"] == [{"revision": 1, "weight": 100, "shadow": False}]
    deploy(http, "shift", shadow=50)
    promoted = change(http, "shift/promote")
    assert (promoted["rollout"]["targets"][0]["revision"], promoted["rollout"]["previous"]) == (3, 1)
    http.delete("endpoints/shift")


def test_an_endpoint_is_stopped_and_started(http: httpx.Client) -> None:
    deploy(http, "stops")
    assert change(http, "stops/stop")["wanted"] == "stopped"
    stopped = until(http, "stops", "Stopped")
    assert {one["type"]: one["status"] for one in stopped["status"]["conditions"]}["Stopped"] == "True"
    assert change(http, "stops/start")["wanted"] == "serving"
    until(http, "stops", "Failed")
    http.delete("endpoints/stops")


def test_an_endpoint_may_have_several_models(http: httpx.Client) -> None:
    deploy(http, "several/models/day")
    both = deploy(http, "several/models/night", canary=10)
    assert both["rollout"] is None
    assert {model: rollout["stable"] for model, rollout in both["models"].items()} == {"day": 1, "night": 2}
    assert change(http, "several/stop", model="day")["models"]["day"]["stopped"]
    assert http.delete("endpoints/several/models/day").status_code == 204
    assert http.delete("endpoints/several/models/night").status_code == 409
    assert list(http.get("endpoints/several").json()["models"]) == ["night"]
    http.delete("endpoints/several")


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "said"),
    [
        ("PUT", "refused", {"canary": 101}, 400, "canary"),
        ("PUT", "refused", {"options": {"scaling": {"least": 5}}}, 400, "scaling.least"),
        ("PUT", "refused", {"options": {"scalling": {}}}, 400, "scalling"),
        ("PUT", "refused", {"options": {"timeout": 1e9}}, 400, "timeout"),
        ("PUT", "refused", {"options": {"environment_variables": {"A": "b\0"}}}, 400, "The value of A has a NUL"),
        ("PUT", "refused", {"guard": {}}, 400, "A guard watches a canary"),
        ("PUT", "refused", {"plan": {"steps": [50, 10]}}, 400, "plan.steps"),
        ("PUT", "refused", {"canary": 5, "shadow": 5}, 400, "not as both"),
        ("PUT", "refused", {"generation": 99}, 409, "generation"),
        ("PUT", "refused/models/a%20b", {}, 400, "name of a model"),
        ("POST", "refused/traffic", {"targets": [{"revision": 1, "weight": 50}]}, 400, "add up to 50 %"),
        ("POST", "refused/traffic", {"targets": [{"revision": 9, "weight": 100}]}, 404, "no revision 9"),
        ("POST", "refused/traffic", {"targets": [{"revision": 1, "weight": 100}], "model": "x"}, 404, "no model 'x'"),
        ("POST", "refused/promote", {}, 409, "no canary"),
        ("POST", "refused/promote", {"generation": 99}, 409, "generation"),
        ("POST", "refused/rollback", {}, 409, "no revision to roll back to"),
        ("POST", "nobody/rollback", {}, 404, "no endpoint 'nobody'"),
        ("POST", "nobody/stop", {}, 404, "no endpoint 'nobody'"),
        ("GET", "nobody/revisions", None, 404, "no endpoint 'nobody'"),
        ("GET", "refused/logs?revision=x", None, 400, "revision"),
    ],
)
def test_what_cannot_be_is_refused(
    http: httpx.Client, method: str, path: str, sent: dict[str, Any] | None, status: int, said: str
) -> None:
    if http.get("endpoints/refused").status_code == 404:
        deploy(http, "refused")
    body = {"model_uri": NOWHERE, **(sent or {})} if method == "PUT" else sent
    answer = http.request(method, f"endpoints/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]
