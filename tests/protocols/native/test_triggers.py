import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from modelyard.formats import webhook_signatures
from modelyard.protocols.native.triggers import LARGEST_DELIVERY
from tests.support.pipelines import document
from tests.support.server import running_server

PATIENCE = 300.0
LABEL = {"label": {"parameterType": "STRING", "isOptional": True}}


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        running_server(tmp_path_factory.mktemp("triggers")) as server,
        httpx.Client(base_url=f"{server.url}/api/v1/", timeout=120) as raw,
    ):
        yield raw


@pytest.fixture(scope="module")
def pipeline(http: httpx.Client) -> str:
    sent = {"name": "p", "document": document(parameters=LABEL).decode()}
    return str(http.post("pipelines", json=sent).json()["id"])


def made(http: httpx.Client, pipeline: str, **asked: Any) -> dict[str, Any]:
    answer = http.post("triggers", json={"name": "t", "pipeline_id": pipeline, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def delivered(http: httpx.Client, trigger: dict[str, Any], body: bytes, id_: str = "m1") -> httpx.Response:
    headers = webhook_signatures.headers(id_, int(time.time()), body, trigger["secret"])
    return http.post(f"triggers/{trigger['id']}/webhook", content=body, headers=headers)


def fired(http: httpx.Client, trigger: dict[str, Any]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while not (found := http.get(f"triggers/{trigger['id']}/firings").json()["items"]):
        assert time.monotonic() < until
        time.sleep(0.05)
    first: dict[str, Any] = found[0]
    return first


def test_a_trigger_from_its_creation_to_its_deletion(http: httpx.Client, pipeline: str) -> None:
    trigger = made(http, pipeline, kind="webhook")
    path = f"triggers/{trigger['id']}"
    told = {**trigger, "secret": ""}
    assert http.get(path).json() == told
    assert told in http.get("triggers").json()["items"]
    changed = http.patch(path, json={"name": "renamed", "max_concurrency": 3}).json()
    assert changed == {**told, "name": "renamed", "max_concurrency": 3, "updated_at": changed["updated_at"]}
    assert http.patch(path, json={"kind": "alias"}).status_code == 400
    assert not http.post(f"{path}/disable").json()["enabled"]
    assert delivered(http, trigger, b"{}").status_code == 409
    assert http.post(f"{path}/enable").json()["enabled"]
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    assert delivered(http, trigger, b"{}").status_code == 404


def test_a_delivery_starts_a_run_that_names_its_trigger(http: httpx.Client, pipeline: str) -> None:
    trigger = made(http, pipeline, kind="webhook", mapping={"label": "data.day"})
    answer = delivered(http, trigger, json.dumps({"data": {"day": 3}}).encode())
    assert answer.status_code == 200, answer.text
    run = http.get(f"pipeline-runs/{answer.json()['run_id']}").json()["run"]
    assert (run["trigger_id"], run["parameters"]) == (trigger["id"], {"label": "3"})
    (listed,) = http.get("pipeline-runs", params={"trigger_id": trigger["id"]}).json()["items"]
    assert listed["id"] == run["id"]
    assert fired(http, trigger)["state"] == "STARTED"


def test_what_is_not_signed_too_large_or_no_json_is_refused(http: httpx.Client, pipeline: str) -> None:
    trigger = made(http, pipeline, kind="webhook")
    unsigned = http.post(f"triggers/{trigger['id']}/webhook", json={})
    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "unauthenticated")
    assert delivered(http, {**trigger, "secret": "wrong"}, b"{}").status_code == 401
    assert delivered(http, trigger, b" " * (LARGEST_DELIVERY + 1)).status_code == 413
    assert delivered(http, trigger, b"{", "m2").status_code == 400
    assert delivered(http, trigger, b"[" * 100_000, "m3").status_code == 400
    assert http.get(f"triggers/{trigger['id']}/firings").json()["items"] == []
    of_models = made(http, pipeline, kind="alias")
    assert delivered(http, {**of_models, "secret": "a secret"}, b"{}").status_code == 404


def test_an_alias_that_moves_starts_a_run_soon(http: httpx.Client, pipeline: str) -> None:
    trigger = made(http, pipeline, kind="alias", model="taxi", alias="champion", mapping={"label": "version"})
    mlflow = f"{http.base_url}".replace("/api/v1/", "/api/2.0/mlflow/")
    for path, sent in (
        ("registered-models/create", {"name": "taxi"}),
        ("model-versions/create", {"name": "taxi", "source": "s3://bucket/model"}),
        ("registered-models/alias", {"name": "taxi", "alias": "champion", "version": "1"}),
    ):
        httpx.post(f"{mlflow}{path}", json=sent, timeout=120).raise_for_status()
    firing = fired(http, trigger)
    assert (firing["said"], firing["parameters"]) == ("alias champion of taxi now names version 1", {"label": 1})


def test_what_is_no_trigger_is_refused(http: httpx.Client, pipeline: str) -> None:
    for wrong in ({"kind": "moon"}, {"kind": "webhook", "model": "m"}, {"kind": "alias", "mapping": {"x": "y"}}):
        answer = http.post("triggers", json={"name": "t", "pipeline_id": pipeline, **wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")
    missing = http.post("triggers", json={"name": "t", "pipeline_id": "none", "kind": "webhook"})
    assert missing.status_code == 404
