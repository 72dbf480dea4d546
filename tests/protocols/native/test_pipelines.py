import base64
import io
import json
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kfp import compiler

from tests.support.kfp_pipelines import adder, failing, keeper, waiting
from tests.support.server import running_server

PATIENCE = 600.0


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        running_server(tmp_path_factory.mktemp("native")) as server,
        httpx.Client(base_url=f"{server.url}/api/v1/", timeout=120) as raw,
    ):
        yield raw


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Documents by the names of pipelines."""
    folder, found = tmp_path_factory.mktemp("compiled"), {}
    for pipeline in (adder, failing, keeper, waiting):
        path = Path(folder, f"{pipeline.name}.yaml")
        compiler.Compiler().compile(pipeline, str(path))
        found[pipeline.name] = path.read_text()
    return found


def started(http: httpx.Client, **body: Any) -> str:
    answer = http.post("pipeline-runs", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def ended(http: httpx.Client, run_id: str) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = http.get(f"pipeline-runs/{run_id}").json()
        if found["run"]["state"] in ("SUCCEEDED", "FAILED", "CANCELED"):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_a_pipeline_is_kept_and_run(http: httpx.Client, compiled: dict[str, str]) -> None:
    made = http.post("pipelines", json={"name": "adder", "document": compiled["adder"]}).json()
    assert http.get(f"pipelines/{made['id']}").json() == made
    assert made in http.get("pipelines", params={"name": "add"}).json()["items"]
    changed = http.patch(f"pipelines/{made['id']}", json={"description": "sums"}).json()
    assert changed == {**made, "description": "sums"} == http.get(f"pipelines/{made['id']}").json()
    found = ended(http, started(http, pipeline_id=made["id"], parameters={"a": 4}))
    assert (found["run"]["state"], found["run"]["parameters"]) == ("SUCCEEDED", {"a": 4})
    step = next(task for task in found["tasks"] if task["kind"] == "step")
    assert (step["name"], step["inputs"]["parameters"], step["outputs"]["parameters"]) == (
        "add",
        {"a": 4, "b": 2},
        {"Output": 6},
    )
    listed = http.get("pipeline-runs", params={"pipeline_id": made["id"], "state": "SUCCEEDED"}).json()
    assert [one["id"] for one in listed["items"]] == [found["run"]["id"]]


def test_versions_are_added_and_deleted(http: httpx.Client, compiled: dict[str, str]) -> None:
    made = http.post("pipelines", json={"name": "versioned", "document": compiled["adder"]}).json()
    path = f"pipelines/{made['id']}"
    second = http.post(f"{path}/versions", json={"name": "two", "document": compiled["keeper"]}).json()
    assert second["document"]["pipelineInfo"]["name"] == "keeper"
    assert [one["name"] for one in http.get(f"{path}/versions").json()["items"]] == ["two", "versioned"]
    assert http.delete(f"{path}/versions/{second['id']}").status_code == 204
    assert http.get(f"{path}/versions/{second['id']}").status_code == 404
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_pipeline_is_uploaded_in_an_archive(http: httpx.Client, compiled: dict[str, str], kind: str) -> None:
    packed, content = io.BytesIO(), compiled["adder"].encode()
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("pipeline.yaml", content)
    else:
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            member = tarfile.TarInfo("pipeline.yaml")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    sent = {"name": f"of a {kind}", "archive": base64.b64encode(packed.getvalue()).decode()}
    made = http.post("pipelines", json=sent).json()
    (version,) = http.get(f"pipelines/{made['id']}/versions").json()["items"]
    document = http.get(f"pipelines/{made['id']}/versions/{version['id']}").json()["document"]
    assert document["pipelineInfo"]["name"] == "adder"
    run = http.get(f"pipeline-runs/{started(http, archive=sent['archive'], parameters={'a': 4})}").json()["run"]
    assert (run["pipeline"], run["pipeline_id"], run["parameters"]) == ("adder", "", {"a": 4})
    refused = http.post("pipelines", json={"name": "broken", "archive": base64.b64encode(b"PK nothing").decode()})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_input")


def test_what_is_no_pipeline_is_refused(http: httpx.Client) -> None:
    refused = http.post("pipelines", json={"name": "bad", "document": "hello"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_input")


def test_a_log_is_read_in_pieces(http: httpx.Client, compiled: dict[str, str]) -> None:
    found = ended(http, started(http, document=compiled["adder"], parameters={"a": 4}))
    path = f"pipeline-runs/{found['run']['id']}/tasks/add/log"
    whole = http.get(path).json()
    assert "4 and 2" in whole["text"]
    assert whole["over"]
    rest = http.get(path, params={"offset": 10}).json()
    assert rest["text"] == whole["text"].encode()[10:].decode()
    assert http.get(path, params={"offset": whole["next_offset"]}).json()["text"] == ""


def test_lineage_leads_from_a_run_to_an_artifact_and_back(http: httpx.Client, compiled: dict[str, str]) -> None:
    run_id = started(http, document=compiled["keeper"], name="first", parameters={"text": "traced"})
    ended(http, run_id)
    again = started(http, document=compiled["keeper"], name="second", parameters={"text": "traced"})
    ended(http, again)
    (artifact,) = http.get(f"pipeline-runs/{run_id}/lineage").json()["artifacts"]
    assert (artifact["type"], artifact["metadata"]) == ("system.Dataset", {"length": 6})
    traced = http.get(f"pipeline-artifacts/{artifact['id']}").json()
    assert traced["uri"] == artifact["uri"]
    uses = {(use["run_name"], use["task_name"], use["direction"]) for use in traced["uses"]}
    assert {("first", "keep", "output"), ("first", "read", "input")} <= uses
    assert http.get("pipeline-artifacts/none").status_code == 404


def test_a_run_tells_what_it_runs_also_when_that_is_kept_nowhere_else(
    http: httpx.Client, compiled: dict[str, str]
) -> None:
    run_id = started(http, document=compiled["keeper"], parameters={"text": "shown"})
    found = http.get(f"pipeline-runs/{run_id}/document").json()["document"]
    assert (found["pipelineInfo"]["name"], set(found["root"]["dag"]["tasks"])) == ("keeper", {"keep", "read"})
    run = ended(http, run_id)["run"]
    assert (run["pipeline"], run["pipeline_id"]) == ("keeper", "")
    assert http.get("pipeline-runs/none/document").status_code == 404


def test_what_is_in_an_artifact_is_read(http: httpx.Client, compiled: dict[str, str]) -> None:
    run_id = started(http, document=compiled["keeper"], parameters={"text": "<b>look</b>"})
    ended(http, run_id)
    (artifact,) = http.get(f"pipeline-runs/{run_id}/lineage").json()["artifacts"]
    path = f"pipeline-artifacts/{artifact['id']}"
    whole = http.get(f"{path}/content")
    assert (whole.text, whole.headers["content-disposition"][:10]) == ("<b>look</b>", "attachment")
    part = http.get(f"{path}/content", headers={"range": "bytes=3-6"})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "look", "bytes 3-6/11")
    page = http.get(f"{path}/content", params={"page": "true"})
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    assert http.get(f"{path}/files").json() == {"items": []}
    for outside in ("../../secret", "/etc/passwd"):
        assert http.get(f"{path}/content", params={"path": outside}).status_code in (400, 404)
    assert http.get("pipeline-artifacts/none/content").status_code == 404


def test_runs_are_found_by_a_part_of_their_name_or_their_pipelines(
    http: httpx.Client, compiled: dict[str, str]
) -> None:
    first = started(http, document=compiled["keeper"], name="Looked For", parameters={"text": "named"})
    other = started(http, document=compiled["adder"], name="another", parameters={"a": 1})

    def found(name: str) -> list[str]:
        return [one["id"] for one in http.get("pipeline-runs", params={"name": name}).json()["items"]]

    assert found("looked f") == [first]
    assert {first} <= set(found("KEEP"))
    assert other not in found("keep")
    assert found(other) == [other]
    assert found("nothing of this name") == []
    for run_id in (first, other):
        ended(http, run_id)


def test_a_cached_task_tells_whose_outputs_it_took(http: httpx.Client, compiled: dict[str, str]) -> None:
    first, again = (
        ended(http, started(http, document=compiled["keeper"], name=name, parameters={"text": "taken twice"}))
        for name in ("first", "again")
    )
    of_first, of_again = (
        next(f"pipeline-runs/{found['run']['id']}/tasks/{one['id']}" for one in found["tasks"] if one["name"] == "keep")
        for found in (first, again)
    )
    source = http.get(f"{of_again}/cache-source").json()
    assert f"pipeline-runs/{source['run_id']}/tasks/{source['task_id']}" == of_first
    assert (source["run_name"], source["task_name"]) == ("first", "keep")
    assert http.get(f"{of_first}/cache-source").status_code == 404
    assert http.delete(f"pipeline-runs/{first['run']['id']}").status_code == 204
    gone = http.get(f"{of_again}/cache-source")
    assert (gone.status_code, "is deleted" in gone.json()["error"]["message"]) == (404, True)


def test_runs_are_compared_side_by_side(http: httpx.Client, compiled: dict[str, str]) -> None:
    one = started(http, document=compiled["keeper"], name="one", parameters={"text": "short"})
    two = started(http, document=compiled["keeper"], name="two", parameters={"text": "rather longer"})
    for run_id in (one, two):
        ended(http, run_id)
    found = http.get("pipeline-comparison", params={"runs": f"{two},{one},{two},none"}).json()
    assert [run["name"] for run in found["runs"]] == ["two", "one"]
    assert [line["place"] for line in found["tasks"]] == ["keep", "read"]
    assert [[cell["state"] for cell in line["cells"]] for line in found["tasks"]] == [["SUCCEEDED"] * 2] * 2
    (value,) = found["values"]
    assert (value["place"], value["output"], value["cells"]) == ("read", "Output", ["rather longer", "short"])
    (artifact,) = found["artifacts"]
    assert [cell["metadata"]["length"] for cell in artifact["cells"]] == [13, 5]
    assert http.get("pipeline-comparison", params={"runs": "none"}).status_code == 404
    for amount, ids in ((21, [f"r{at}" for at in range(21)]), (0, ["", ""])):
        wrong = http.get("pipeline-comparison", params={"runs": ",".join(ids)})
        said = f"{amount} runs cannot be compared: name 1 to 20"
        assert (wrong.status_code, wrong.json()["error"]["message"]) == (400, said)


def test_times_of_a_schedule_are_told_before_there_is_one(http: httpx.Client) -> None:
    noon = 1_800_014_400_000
    day, hour = 86_400_000, 3_600_000
    asked: dict[str, str | int] = {"cron": "0 0 12 * * *", "after": noon, "limit": 3}
    assert http.get("schedule-times", params=asked).json()["items"] == [noon + day * at for at in (1, 2, 3)]
    until = http.get("schedule-times", params={"every": 3600, "after": noon, "end_at": noon + 2 * hour}).json()
    assert until["items"] == [noon + hour, noon + 2 * hour]
    refused = http.get("schedule-times", params={"cron": "every day"}).json()["error"]
    assert (refused["code"], "cron" in refused["message"]) == ("invalid_input", True)


def test_a_model_that_a_step_registered_is_found_from_the_run(http: httpx.Client, compiled: dict[str, str]) -> None:
    run_id = started(http, document=compiled["keeper"], parameters={"text": "model"})
    tracked = ended(http, run_id)["run"]["tracking_run_id"]
    mlflow = f"{http.base_url}".replace("/api/v1/", "/api/2.0/mlflow/")
    httpx.post(f"{mlflow}registered-models/create", json={"name": "kept"})
    sent = {"name": "kept", "source": f"runs:/{tracked}/model", "run_id": tracked}
    made = httpx.post(f"{mlflow}model-versions/create", json=sent)
    assert made.status_code == 200, made.text
    (model,) = http.get(f"pipeline-runs/{run_id}/lineage").json()["models"]
    assert (model["model"], model["version"], model["endpoints"]) == ("kept", 1, [])


def test_runs_are_canceled_retried_archived_and_deleted(http: httpx.Client, compiled: dict[str, str]) -> None:
    run_id = started(http, document=compiled["failing"])
    assert ended(http, run_id)["run"]["state"] == "FAILED"
    path = f"pipeline-runs/{run_id}"
    assert http.post(f"{path}/cancel").json()["state"] == "FAILED"
    assert http.post(f"{path}/retry").json()["state"] == "PENDING"
    assert ended(http, run_id)["run"]["state"] == "FAILED"
    under_way = f"pipeline-runs/{started(http, document=compiled['waiting'])}"
    assert http.post(f"{under_way}/retry").status_code == 409
    http.post(f"{under_way}/cancel").raise_for_status()
    assert http.post(f"{path}/archive").json()["archived"]
    assert run_id not in http.get("pipeline-runs").text
    assert run_id in http.get("pipeline-runs", params={"archived": "true"}).text
    assert not http.post(f"{path}/unarchive").json()["archived"]
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404


def test_schedules(http: httpx.Client, compiled: dict[str, str]) -> None:
    made = http.post("pipelines", json={"name": "scheduled", "document": compiled["adder"]}).json()
    asked = {"name": "s", "pipeline_id": made["id"], "cron": "0 0 3 * * *", "parameters": {"a": 1}}
    schedule = http.post("schedules", json=asked).json()
    assert (schedule["enabled"], schedule["cron"], schedule["runs"]) == (True, "0 0 3 * * *", 0)
    path = f"schedules/{schedule['id']}"
    assert http.get(path).json() == schedule
    assert http.post(f"{path}/disable").json()["next_at"] is None
    assert http.post(f"{path}/enable").json()["next_at"] == schedule["next_at"]
    assert schedule["id"] in [one["id"] for one in http.get("schedules").json()["items"]]
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    assert json.loads(http.post("schedules", json={**asked, "every": 5}).text)["error"]["code"] == "invalid_input"
