import base64
import json
from pathlib import Path
from typing import Any

import httpx
import kfp
import pytest
from kfp_server_api import ApiException

from tests.conformance.kfp.conftest import new_client
from tests.support.kfp_filters import predicate
from tests.support.kfp_pipelines import adder, failing, keeper, waiting
from tests.support.server import RunningServer, running_server

PATIENCE = 600


def started(client: kfp.Client, function: Any, **options: Any) -> str:
    return str(client.create_run_from_pipeline_func(function, **options).run_id)


def finished(client: kfp.Client, run_id: str) -> Any:
    return client.wait_for_run_completion(run_id, timeout=PATIENCE, sleep_duration=0.2)


def tasks(run: Any) -> dict[str, Any]:
    return {task.display_name: task for task in run.run_details.task_details}


def test_a_function_is_run_and_what_its_tasks_made_is_told(client: kfp.Client, http: httpx.Client) -> None:
    run = finished(client, started(client, adder, arguments={"a": 5}, run_name="five and two"))
    assert (run.state, run.display_name, run.experiment_id) == ("SUCCEEDED", "five and two", "0")
    assert [moment.state for moment in run.state_history] == ["PENDING", "RUNNING", "SUCCEEDED"]
    step = tasks(run)["add"]
    assert (step.state, step.parent_task_id) == ("SUCCEEDED", tasks(run)["adder"].task_id)
    raw = {task["display_name"]: task for task in http.get(f"runs/{run.run_id}").json()["run_details"]["task_details"]}
    assert (raw["add"]["input_parameters"], raw["add"]["output_parameters"]) == ({"a": 5, "b": 2}, {"Output": 7})


def test_artifacts_can_be_read(client: kfp.Client, http: httpx.Client) -> None:
    run = finished(client, started(client, keeper, arguments={"text": "kept"}))
    found = tasks(run)
    assert found["keep"].outputs["kept"].artifact_ids == found["read"].inputs["kept"].artifact_ids
    read = http.get(f"runs/{run.run_id}/nodes/keep/artifacts/kept:read").json()
    assert base64.b64decode(read["data"]) == b"kept"


def test_a_second_run_takes_outputs_from_the_cache(client: kfp.Client, http: httpx.Client, name: str) -> None:
    for cached in (False, True):
        run = finished(client, started(client, keeper, arguments={"text": name}))
        details = http.get(f"runs/{run.run_id}").json()["run_details"]["task_details"]
        steps = [task for task in details if "pod_name" in task]
        assert [task.get("cached", False) for task in steps] == [cached] * 2


def test_what_a_task_printed_is_kept(client: kfp.Client, server: RunningServer) -> None:
    run_id = started(client, adder, arguments={"a": 3})
    finished(client, run_id)
    printed = httpx.get(f"{server.url}/apis/v1alpha1/runs/{run_id}/nodes/add/log")
    assert "3 and 2" in printed.text
    assert httpx.get(f"{server.url}/apis/v1alpha1/runs/{run_id}/nodes/none/log").status_code == 404


def test_a_failed_task_says_why(client: kfp.Client) -> None:
    run = finished(client, started(client, failing))
    assert run.state == "FAILED"
    assert run.error.message
    assert "oh no" in tasks(run)["fail"].error.message


def test_a_retry_runs_what_failed_again(client: kfp.Client, http: httpx.Client) -> None:
    run = finished(client, started(client, failing))
    client._run_api.run_service_retry_run(run.run_id)
    again = finished(client, run.run_id)
    assert [moment.state for moment in again.state_history].count("FAILED") == 2
    done = finished(client, started(client, adder, arguments={"a": 1}))
    refused = http.post(f"runs/{done.run_id}:retry")
    assert (refused.status_code, refused.json()["code"]) == (400, 9)


def test_a_terminated_run_ends_and_may_be_terminated_again(
    client: kfp.Client, server: RunningServer, http: httpx.Client
) -> None:
    run_id = started(client, waiting)
    with httpx.stream(
        "GET", f"{server.url}/apis/v1alpha1/runs/{run_id}/nodes/wait/log?follow=true", timeout=PATIENCE
    ) as log:
        seen = ""
        for piece in log.iter_text():  # ends with the run
            seen += piece
            if "waiting" in seen:
                assert client.terminate_run(run_id) is not None
    run = client.get_run(run_id)
    assert (run.state, tasks(run)["wait"].state) == ("CANCELED", "CANCELED")
    assert http.post(f"runs/{run_id}:terminate").json() == {}


def test_terminated_runs_may_be_reported_as_failed(tmp_path: Path) -> None:
    with running_server(tmp_path, "--terminated-as-failed") as server:
        client = new_client(server)
        run_id = started(client, waiting)
        client.terminate_run(run_id)
        run = finished(client, run_id)
        assert (run.state, run.error.message) == ("FAILED", "The run was terminated")


def test_runs_of_a_version_refer_to_it(client: kfp.Client, pipeline: str, experiment: str, name: str) -> None:
    (version,) = client.list_pipeline_versions(pipeline).pipeline_versions
    made = client.run_pipeline(
        experiment, name, pipeline_id=pipeline, version_id=version.pipeline_version_id, params={"a": 1}
    )
    assert made.pipeline_version_reference.pipeline_version_id == version.pipeline_version_id
    assert made.pipeline_spec is None
    found = client.list_runs(experiment_id=experiment)
    assert ([one.run_id for one in found.runs], found.total_size) == ([made.run_id], 1)
    assert client.get_experiment(experiment).last_run_created_at == made.created_at


def test_runs_are_archived_and_deleted(client: kfp.Client, experiment: str) -> None:
    run_id = started(client, adder, arguments={"a": 1}, experiment_id=experiment)
    client.archive_run(run_id)
    archived = predicate("storage_state", 1, string_value="ARCHIVED")
    assert [one.run_id for one in client.list_runs(experiment_id=experiment, filter=archived).runs] == [run_id]
    client.unarchive_run(run_id)
    assert client.get_run(run_id).storage_state == "AVAILABLE"
    client.delete_run(run_id)
    with pytest.raises(ApiException) as refused:
        client.get_run(run_id)
    assert refused.value.status == 404
    assert client.list_runs(experiment_id=experiment).runs is None


def test_an_archived_experiment_archives_its_runs_and_takes_no_more(client: kfp.Client, experiment: str) -> None:
    run_id = started(client, adder, arguments={"a": 1}, experiment_id=experiment)
    client.archive_experiment(experiment)
    assert client.get_run(run_id).storage_state == "ARCHIVED"
    with pytest.raises(ApiException) as refused:
        started(client, adder, arguments={"a": 1}, experiment_id=experiment)
    assert refused.value.status == 400


def test_filters_and_sorting(client: kfp.Client, experiment: str) -> None:
    ids = {name: started(client, adder, arguments={"a": 1}, experiment_id=experiment, run_name=name) for name in "bac"}

    def listed(**asked: str) -> list[str]:
        return [one.display_name for one in client.list_runs(experiment_id=experiment, **asked).runs or []]

    assert listed() == ["b", "a", "c"]
    assert listed(sort_by="created_at desc") == ["c", "a", "b"]
    assert listed(sort_by="display_name") == listed(sort_by="name asc") == ["a", "b", "c"]
    assert listed(filter=predicate("run_id", 1, stringValue=ids["a"])) == ["a"]
    assert listed(filter=predicate("display_name", "NOT_EQUALS", string_value="a")) == ["b", "c"]
    assert listed(filter=predicate("name", "IN", stringValues={"values": ["a", "c"]})) == ["a", "c"]
    assert listed(filter=predicate("created_at", 3, timestampValue="2000-01-01T00:00:00Z")) == ["b", "a", "c"]
    assert listed(filter=predicate("created_at", "LESS_THAN", timestamp_value="2000-01-01T00:00:00Z")) == []
    assert listed(filter=predicate("namespace", 1, string_value="kubeflow")) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({}, "'a'"), ({"a": "many"}, "whole number"), ({"a": 1, "c": 2}, "'c'"), ({"a": 1.5}, "whole number")],
)
def test_bad_parameters_are_refused_with_a_reason(client: kfp.Client, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ApiException) as refused:
        started(client, adder, arguments=arguments)
    told = json.loads(refused.value.body)
    assert (refused.value.status, told["code"]) == (400, 3)
    assert reason in told["message"]
    assert told["details"] == [
        {"@type": "type.googleapis.com/google.rpc.Status", "code": 3, "message": told["message"]}
    ]
