"""What the web interface asks for, over HTTP on a real server."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.stocked import MODEL, Stocked


@pytest.fixture
def http(stocked: Stocked) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{stocked.url}/api/v1/", timeout=120) as client:
        yield client


@pytest.fixture
def run(stocked: Stocked) -> str:
    """A run of its own, with artifacts."""
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/", timeout=120) as mlflow:
        made = mlflow.post("mlflow/runs/create", json={"experiment_id": "0", "run_name": "mine"}).json()
        run_id = str(made["run"]["info"]["run_id"])
        for path, content in (("a.txt", b"text"), ("plots/p.html", b"<script>1</script>")):
            mlflow.put(f"mlflow-artifacts/artifacts/0/{run_id}/artifacts/{path}", content=content).raise_for_status()
    return run_id


def test_runs_are_tagged_renamed_deleted_and_restored(http: httpx.Client, run: str) -> None:
    changed = http.post("runs/tags", json={"run_ids": [run, "nobody"], "tags": {"team": "x"}, "removed": ["none"]})
    assert changed.json()["done"] == [run]
    assert changed.json()["refused"]["nobody"]["code"] == "not_found"
    assert http.patch(f"runs/{run}", json={"name": "better"}).json()["name"] == "better"
    for verb, lifecycle in (("delete", "deleted"), ("restore", "active")):
        assert http.post(f"runs/{verb}", json={"run_ids": [run]}).json() == {"done": [run], "refused": {}}
        assert http.get(f"runs/{run}").json()["lifecycle"] == lifecycle


def test_artifacts_are_listed_and_read(http: httpx.Client, run: str) -> None:
    top = http.get(f"runs/{run}/artifacts").json()["items"]
    assert top == [
        {"path": "a.txt", "is_dir": False, "size": 4},
        {"path": "plots", "is_dir": True, "size": None},
    ]
    assert http.get(f"runs/{run}/artifacts", params={"path": "plots"}).json()["items"][0]["path"] == "plots/p.html"
    part = http.get(f"runs/{run}/artifacts/content", params={"path": "a.txt"}, headers={"range": "bytes=1-2"})
    assert (part.status_code, part.content) == (206, b"ex")
    for path in ("../../1/secret", "/etc/passwd", "..%2f"):
        assert http.get(f"runs/{run}/artifacts/content", params={"path": path}).status_code in (400, 404)


def test_a_logged_page_is_shut_off(http: httpx.Client, run: str) -> None:
    address, asked = f"runs/{run}/artifacts/content", {"path": "plots/p.html"}
    page = http.get(address, params={**asked, "page": "true"})
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert "content-disposition" not in page.headers
    download = http.get(address, params=asked)
    assert download.headers["content-disposition"].startswith("attachment")
    assert download.headers["content-security-policy"].startswith("sandbox; ")


def test_an_experiment_is_renamed_tagged_deleted_and_restored(http: httpx.Client, stocked: Stocked) -> None:
    created = httpx.post(f"{stocked.url}/api/2.0/mlflow/experiments/create", json={"name": "before"}).json()
    address = f"experiments/{created['experiment_id']}"
    changed = http.patch(address, json={"name": "after", "tags": {"modelyard.view.best": "?sort=m.a"}}).json()
    assert (changed["name"], changed["tags"]) == ("after", {"modelyard.view.best": "?sort=m.a"})
    assert http.patch(address, json={"tags": {"modelyard.view.best": None}}).json()["tags"] == {}
    assert http.delete(address).status_code == 204
    assert [one["id"] for one in http.get("experiments", params={"filter": "name ILIKE 'AFT%'"}).json()["items"]] == []
    assert http.post(f"{address}/restore").json()["lifecycle"] == "active"
    assert len(http.get("experiments", params={"filter": "name ILIKE 'AFT%'"}).json()["items"]) == 1


def test_a_run_says_what_was_made_of_it(http: httpx.Client, stocked: Stocked) -> None:
    links = http.get(f"runs/{stocked.run_id}/links").json()
    assert MODEL in [one["name"] for one in links["versions"]]
    assert links["datasets"] == []


def test_keys_groups_and_activity_are_answered(http: httpx.Client, stocked: Stocked) -> None:
    ids = [stocked.experiment_id]
    keys = http.post("runs/keys", json={"experiment_ids": ids, "kind": "metrics", "contains": "LOSS"}).json()
    assert keys == {"items": [{"kind": "metrics", "key": "loss/train", "runs": 1, "values": 1}], "total": 1}
    every = http.post("runs/keys", json={"experiment_ids": ids, "limit": 1}).json()
    assert [one["kind"] for one in every["items"]] == ["metrics", "params", "tags"]
    assert every["total"] == sum(
        http.post("runs/keys", json={"experiment_ids": ids, "kind": kind}).json()["total"]
        for kind in ("metrics", "params", "tags")
    )
    page = http.post("runs/search", json={"experiment_ids": ids, "limit": 1, "with_total": True}).json()
    assert page["total"] == http.post("runs/count", json={"experiment_ids": ids}).json()["count"]
    asked = {"experiment_ids": ids, "by": ["params.depth"], "metrics": ["loss/train", "gap"]}
    [group] = http.post("runs/groups", json=asked).json()["items"]
    assert (group["values"], group["runs"], group["metrics"]["loss/train"]["mean"]) == (["3"], 1, 0.25)
    assert group["metrics"]["gap"] == {"count": 0, "mean": None, "deviation": None, "least": None, "most": None}
    assert http.post("runs/groups", json={**asked, "by": ["metrics.gap"]}).status_code == 400
    [activity] = http.post("experiments/activity", json={"experiment_ids": ids}).json()["items"]
    assert (activity["runs"], activity["failed"], activity["best"]) == (1, 0, None)


def test_the_best_run_of_an_experiment_is_told_by_a_metric_of_those_at_the_top(
    http: httpx.Client, stocked: Stocked
) -> None:
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/mlflow/", timeout=120) as mlflow:
        made = mlflow.post("experiments/create", json={"name": f"the best of {time.time_ns()}"}).json()["experiment_id"]
        best = ""
        for name, f1, parent in (("first", 0.5, ""), ("second", 0.75, ""), ("fold", 0.99, "x"), ("none", None, "")):
            tags = [{"key": "mlflow.parentRunId", "value": best}] if parent else []
            asked = {"experiment_id": made, "run_name": name, "tags": tags}
            run = mlflow.post("runs/create", json=asked).json()["run"]["info"]["run_id"]
            if f1 is not None:
                mlflow.post("runs/log-metric", json={"run_id": run, "key": "f1", "value": f1, "timestamp": 1})
            best = run if name == "second" else best
    body: dict[str, object] = {
        "experiment_ids": [made],
        "best_by": [{"experiment_id": made, "order": "metrics.f1 DESC"}],
    }
    [activity] = http.post("experiments/activity", json=body).json()["items"]
    assert (activity["runs"], activity["best"]["id"], activity["best"]["name"]) == (4, best, "second")
    assert [(one["key"], one["value"]) for one in activity["best"]["metrics"]] == [("f1", 0.75)]
    body["best_by"] = [{"experiment_id": made, "order": "metrics.r2 DESC"}]
    [activity] = http.post("experiments/activity", json=body).json()["items"]
    assert activity["best"] is None
    body["best_by"] = [{"experiment_id": made, "order": "attributes.start_time DESC"}]
    refused = http.post("experiments/activity", json=body)
    assert (refused.status_code, "told by a metric" in refused.text) == (400, True)


def test_the_newest_runs_and_those_that_failed_are_one_answer(http: httpx.Client) -> None:
    with httpx.Client(base_url=str(http.base_url.copy_with(path="/api/2.0/mlflow/")), timeout=120) as mlflow:
        experiment = mlflow.post("experiments/create", json={"name": "recent"}).json()["experiment_id"]
        for at, status in enumerate(("FINISHED", "FAILED", "RUNNING", "FAILED")):
            wanted = {"experiment_id": experiment, "run_name": f"{status} {at}", "start_time": 1000 + at}
            run_id = mlflow.post("runs/create", json=wanted).json()["run"]["info"]["run_id"]
            mlflow.post("runs/update", json={"run_id": run_id, "status": status}).raise_for_status()
    recent = http.post("runs/recent", json={"experiment_ids": [experiment], "limit": 1}).json()
    names = {kind: [run["name"] for run in recent[kind]] for kind in ("running", "failed", "latest")}
    assert names == {"running": ["RUNNING 2"], "failed": ["FAILED 3"], "latest": ["FAILED 3"]}
    assert (recent["running_now"], recent["total"]) == (1, 4)
    tags = {"run_ids": [recent["failed"][0]["id"]], "tags": {"modelyard.pipelineRunId": "of a pipeline"}}
    http.post("runs/tags", json=tags).raise_for_status()
    recent = http.post("runs/recent", json={"experiment_ids": [experiment], "limit": 1}).json()
    assert (recent["failed"][0]["name"], recent["latest"][0]["name"]) == ("FAILED 1", "FAILED 3")
    http.delete(f"experiments/{experiment}").raise_for_status()


def test_a_chart_can_be_looked_at_closely(http: httpx.Client, stocked: Stocked) -> None:
    asked = {"run_ids": [stocked.run_id], "keys": ["loss/train"], "start": 2, "end": 2}
    [chart] = http.post("runs/metrics/buckets", json=asked).json()["items"]
    assert ([point["x"] for point in chart["points"]], chart["total"]) == ([1, 2], 3)


def test_a_model_is_described_moved_and_deleted(http: httpx.Client, stocked: Stocked) -> None:
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/", timeout=120) as mlflow:
        mlflow.post("mlflow/registered-models/create", json={"name": "moved"}).raise_for_status()
        source = {"name": "moved", "source": f"runs:/{stocked.run_id}/{MODEL}", "run_id": stocked.run_id}
        for _ in range(2):
            mlflow.post("mlflow/model-versions/create", json=source).raise_for_status()
    changed = http.patch("models/moved", json={"description": "It *moves*", "tags": {"team": "x"}}).json()
    assert (changed["description"], changed["tags"]) == ("It *moves*", {"team": "x"})
    for version in (1, 2):
        assert http.put("models/moved/aliases/champion", json={"version": version}).json()["aliases"] == {
            "champion": version
        }
    moved = http.post("models/moved/versions/1/stage", json={"stage": "Production"}).json()
    assert moved["stage"] == "Production"
    assert http.patch("models/moved/versions/1", json={"tags": {"a": "b"}}).json()["tags"] == {"a": "b"}
    assert http.delete("models/moved/aliases/champion").status_code == 204
    moves = [(one["alias"], one["before"], one["after"]) for one in http.get("models/moved/history").json()["items"]]
    assert moves[0] == ("champion", "2", None)
    assert http.delete("models/moved/versions/2").status_code == 204
    assert http.delete("models/moved").status_code == 204
    assert http.get("models/moved").status_code == 404


def test_a_model_says_what_it_takes(http: httpx.Client) -> None:
    told = http.get("model-document", params={"uri": f"models:/{MODEL}@champion"}).json()
    assert (told["name"], told["version"]) == (MODEL, 1)
    assert [field["name"] for field in told["inputs"]] == ["a", "b"]
    assert http.get("model-document", params={"uri": "models:/none/1"}).status_code == 404
    assert http.get("model-document", params={"uri": "nonsense"}).status_code == 400


def test_changes_are_pushed_as_they_happen(http: httpx.Client, stocked: Stocked, run: str) -> None:
    with http.stream("GET", "events/stream", timeout=120) as stream:
        lines = stream.iter_lines()
        first = next(line for line in lines if line.startswith("id: "))
        http.post("runs/tags", json={"run_ids": [run], "tags": {"seen": "yes"}})
        told = (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith('data: {"id"'))
        event = next(one for one in told if one["subject"] == run)  # others look after endpoints meanwhile
    assert (event["kind"], event["action"]) == ("run", "run.logged")
    again = {"last-event-id": first.removeprefix("id: ")}
    with http.stream("GET", "events/stream", headers=again, timeout=120) as stream:
        assert next(line for line in stream.iter_lines() if line.startswith('data: {"id"'))
    assert http.get("events/stream", headers={"last-event-id": "x"}).status_code == 400


def test_the_interface_shadows_nothing(stocked: Stocked) -> None:
    with httpx.Client(base_url=stocked.url, headers={"accept": "text/html"}) as browser:
        for path in (
            "/healthz/live",
            "/endpoints/none/ping",
            "/v1/models",
            "/v2",
            "/get-artifact",
            "/docs",
            "/metrics",
        ):
            assert "<div id=" not in browser.get(path).text
        assert browser.get("/endpoints/none/invocations").status_code == 405
        assert browser.get("/assets/none.js").status_code == 404
        assert browser.get("/no/such/page").status_code == 404
