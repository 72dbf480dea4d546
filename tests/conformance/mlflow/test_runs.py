import httpx
import mlflow
import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.exceptions import MlflowException

from tests.support.mlflow_errors import INVALID, MISSING, refusal


def test_a_run_starts_with_a_name_an_owner_and_a_place(client: mlflow.MlflowClient, experiment: str) -> None:
    run = client.create_run(experiment, start_time=123, tags={"mlflow.user": "ada", "a": "b"}, run_name="first")
    info = run.info
    assert len(info.run_id) == 32
    assert (info.run_name, info.status, info.start_time, info.end_time) == ("first", "RUNNING", 123, None)
    assert info.artifact_uri == f"mlflow-artifacts:/{experiment}/{info.run_id}/artifacts"
    assert run.data.tags == {"mlflow.user": "ada", "a": "b", "mlflow.runName": "first"}
    assert client.get_run(info.run_id).to_dictionary() == run.to_dictionary()


def test_a_run_without_a_name_gets_one(client: mlflow.MlflowClient, experiment: str) -> None:
    run = client.create_run(experiment)
    assert run.info.run_name
    assert run.data.tags["mlflow.runName"] == run.info.run_name


def test_the_name_may_come_as_a_tag(client: mlflow.MlflowClient, experiment: str) -> None:
    assert client.create_run(experiment, tags={"mlflow.runName": "tagged"}).info.run_name == "tagged"


def test_a_name_and_a_tag_that_differ_are_refused(http: httpx.Client, experiment: str) -> None:
    tags = [{"key": "mlflow.runName", "value": "b"}]
    reply = http.post("runs/create", json={"experiment_id": experiment, "run_name": "a", "tags": tags})
    assert refusal(reply) == INVALID


@pytest.mark.parametrize("experiment_id", ["", "x", None])
def test_a_run_needs_an_experiment(http: httpx.Client, experiment_id: str | None) -> None:
    assert refusal(http.post("runs/create", json={"experiment_id": experiment_id})) == INVALID


def test_a_run_of_an_unknown_experiment_is_not_made(http: httpx.Client) -> None:
    assert refusal(http.post("runs/create", json={"experiment_id": "987654321"})) == MISSING


def test_a_run_tells_both_names_of_its_id(http: httpx.Client, run: str) -> None:
    info = http.get("runs/get", params={"run_uuid": run}).json()["run"]["info"]
    assert (info["run_id"], info["run_uuid"]) == (run, run)
    assert "end_time" not in info


def test_an_unknown_run_is_not_found(http: httpx.Client) -> None:
    assert refusal(http.get("runs/get", params={"run_id": "0" * 32})) == MISSING
    assert refusal(http.get("runs/get")) == INVALID


def test_a_run_ends(client: mlflow.MlflowClient, run: str) -> None:
    client.set_terminated(run, status="FAILED", end_time=2**53 + 1)
    info = client.get_run(run).info
    assert (info.status, info.end_time) == ("FAILED", 2**53 + 1)


def test_an_update_answers_with_the_run(http: httpx.Client, run: str) -> None:
    sent = {"run_id": run, "status": 3, "end_time": "77", "run_name": ""}
    info = http.post("runs/update", json=sent).json()["run_info"]
    assert (info["status"], info["end_time"]) == ("FINISHED", 77)
    assert info["run_name"]


def test_renaming_and_the_name_tag_agree(client: mlflow.MlflowClient, run: str) -> None:
    client.update_run(run, name="renamed")
    assert client.get_run(run).data.tags["mlflow.runName"] == "renamed"
    client.set_tag(run, "mlflow.runName", "tagged")
    assert client.get_run(run).info.run_name == "tagged"
    client.delete_tag(run, "mlflow.runName")
    assert client.get_run(run).info.run_name == "tagged"


def test_deleting_and_restoring_may_be_repeated(client: mlflow.MlflowClient, run: str) -> None:
    for _ in range(2):
        client.delete_run(run)
        assert client.get_run(run).info.lifecycle_stage == "deleted"
    for _ in range(2):
        client.restore_run(run)
        assert client.get_run(run).info.lifecycle_stage == "active"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1}),
        ("runs/log-parameter", {"key": "p", "value": "1"}),
        ("runs/set-tag", {"key": "t", "value": "1"}),
        ("runs/delete-tag", {"key": "mlflow.runName"}),
        ("runs/log-batch", {"metrics": [{"key": "m", "value": 1, "timestamp": 1}]}),
        ("runs/update", {"status": "FINISHED"}),
        ("runs/log-inputs", {"datasets": []}),
        ("runs/outputs", {"models": []}),
    ],
)
def test_a_deleted_run_takes_no_changes(
    client: mlflow.MlflowClient, http: httpx.Client, run: str, path: str, body: dict[str, object]
) -> None:
    client.delete_run(run)
    reply = http.post(path, json={"run_id": run, **body})
    assert refusal(reply) == INVALID
    assert "must be in the 'active' state" in reply.json()["message"]


def test_a_finished_run_can_still_be_written(client: mlflow.MlflowClient, run: str) -> None:
    client.set_terminated(run)
    client.log_metric(run, "late", 1.0)
    assert client.get_run(run).data.metrics == {"late": 1.0}


def test_inputs_keep_their_first_tags(client: mlflow.MlflowClient, run: str) -> None:
    taxi = Dataset("rides", "d1", "local", '{"path": "x"}', schema="{}", profile="{}")
    for context in ("train", "eval"):
        client.log_inputs(run, [DatasetInput(taxi, [InputTag("mlflow.data.context", context)])])
    (kept,) = client.get_run(run).inputs.dataset_inputs
    assert (kept.dataset.to_dictionary(), kept.tags[0].value) == (taxi.to_dictionary(), "train")


@pytest.mark.parametrize(
    "dataset",
    [
        {"digest": "d"},
        {"name": "", "digest": "d"},
        {"name": "n" * 501, "digest": "d", "source_type": "a", "source": "b"},
        {"name": "n", "digest": "d" * 37, "source_type": "a", "source": "b"},
    ],
)
def test_bad_datasets_are_refused(http: httpx.Client, run: str, dataset: dict[str, str]) -> None:
    assert refusal(http.post("runs/log-inputs", json={"run_id": run, "datasets": [{"dataset": dataset}]})) == INVALID


def test_what_is_not_said_of_a_dataset_is_empty(http: httpx.Client, run: str) -> None:
    datasets = [{"dataset": {"name": "d"}}, {"dataset": {"name": "e", "digest": "1", "source": "s3://b"}}]
    assert http.post("runs/log-inputs", json={"run_id": run, "datasets": datasets}).json() == {}
    kept = http.get("runs/get", params={"run_id": run}).json()["run"]["inputs"]["dataset_inputs"]
    assert [one["dataset"] for one in kept] == [
        {"name": "d", "digest": "", "source_type": "", "source": ""},
        {"name": "e", "digest": "1", "source_type": "", "source": "s3://b"},
    ]


def test_tags_of_an_input_are_sorted(http: httpx.Client, run: str) -> None:
    tags = [{"key": key, "value": key} for key in ("z", "mlflow.data.context", "a")]
    http.post("runs/log-inputs", json={"run_id": run, "datasets": [{"dataset": {"name": "d"}, "tags": tags}]})
    (kept,) = http.get("runs/get", params={"run_id": run}).json()["run"]["inputs"]["dataset_inputs"]
    assert [tag["key"] for tag in kept["tags"]] == ["a", "mlflow.data.context", "z"]


def test_a_run_of_an_unknown_start_starts_at_zero(http: httpx.Client, experiment: str) -> None:
    """So that runs which say nothing of their start are ordered by their ids alone."""
    made = [http.post("runs/create", json={"experiment_id": experiment}).json()["run"]["info"] for _ in range(5)]
    assert {info["start_time"] for info in made} == {0}
    found = http.post("runs/search", json={"experiment_ids": [experiment]}).json()["runs"]
    assert [run["info"]["run_id"] for run in found] == sorted(info["run_id"] for info in made)


def test_long_tags_are_kept_whole_at_the_start_of_a_run(client: mlflow.MlflowClient, experiment: str) -> None:
    made = client.create_run(experiment, tags={"long": "x" * 8_001})
    assert len(client.get_run(made.info.run_id).data.tags["long"]) == 8_001
    client.set_tag(made.info.run_id, "long", "x" * 8_001)
    assert len(client.get_run(made.info.run_id).data.tags["long"]) == 8_000


def test_outputs_must_be_given(http: httpx.Client, run: str) -> None:
    assert refusal(http.post("runs/outputs", json={"run_id": run})) == INVALID


def test_the_history_of_models_grows(client: mlflow.MlflowClient, http: httpx.Client, run: str) -> None:
    model = '{"artifact_path":"%s","flavors":{"python_function":{}},"utc_time_created":"now","run_id":"r"}'
    for path in ("one", "two"):
        assert http.post("runs/log-model", json={"run_id": run, "model_json": model % path}).json() == {}
    history = client.get_run(run).data.tags["mlflow.log-model.history"]
    assert history.index('"one"') < history.index('"two"')


@pytest.mark.parametrize("model", ["", "{", "{}"])
def test_a_broken_model_is_refused(http: httpx.Client, run: str, model: str) -> None:
    assert refusal(http.post("runs/log-model", json={"run_id": run, "model_json": model})) == INVALID


def test_the_fluent_api_nests_runs(client: mlflow.MlflowClient, experiment: str) -> None:
    with mlflow.start_run(experiment_id=experiment, run_name="parent") as parent:
        with mlflow.start_run(experiment_id=experiment, run_name="child", nested=True) as child:
            mlflow.log_metric("depth", 1)
        mlflow.log_params({"lr": 0.1, "layers": 3})
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    finished = client.get_run(parent.info.run_id)
    assert (finished.info.status, finished.data.params) == ("FINISHED", {"lr": "0.1", "layers": "3"})


def test_a_run_that_raises_has_failed(client: mlflow.MlflowClient, experiment: str) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run(experiment_id=experiment) as run:
        mlflow.log_metric("ratio", 1 / 0)
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_errors_reach_the_client_with_their_code(client: mlflow.MlflowClient) -> None:
    with pytest.raises(MlflowException) as refused:
        client.get_run("0" * 32)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert refused.value.get_http_status_code() == 404
