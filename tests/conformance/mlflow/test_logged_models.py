import json

import httpx
import mlflow
import numpy as np
import pytest
from mlflow.entities import LoggedModelStatus, Metric
from sklearn.linear_model import LinearRegression

from tests.support.mlflow_errors import INVALID, MISSING, refusal


def create(client: mlflow.MlflowClient, experiment: str, name: str = "model", run: str | None = None) -> str:
    created: str = client.create_logged_model(experiment, name, source_run_id=run).model_id
    return created


def test_a_model_is_pending_until_it_is_finalized(client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    made = client.create_logged_model(
        experiment, "model", source_run_id=run, tags={"t": "1"}, params={"lr": "0.1"}, model_type="sklearn"
    )
    assert made.model_id.startswith("m-")
    assert made.artifact_location == f"mlflow-artifacts:/{experiment}/models/{made.model_id}/artifacts"
    assert (made.status, made.tags, made.params) == (LoggedModelStatus.PENDING, {"t": "1"}, {"lr": "0.1"})
    assert (made.source_run_id, made.model_type) == (run, "sklearn")
    assert client.finalize_logged_model(made.model_id, "READY").status == LoggedModelStatus.READY
    assert client.get_logged_model(made.model_id).status == LoggedModelStatus.READY


@pytest.mark.parametrize(("sent", "status"), [(2, "LOGGED_MODEL_READY"), ("LOGGED_MODEL_UPLOAD_FAILED", None)])
def test_a_status_may_be_a_number(
    client: mlflow.MlflowClient, http: httpx.Client, experiment: str, sent: int | str, status: str | None
) -> None:
    model_id = create(client, experiment)
    reply = http.patch(f"logged-models/{model_id}", json={"model_id": model_id, "status": sent})
    assert reply.json()["model"]["info"]["status"] == (status or sent)


def test_a_deleted_model_can_only_be_seen_when_asked_for(
    client: mlflow.MlflowClient, http: httpx.Client, experiment: str
) -> None:
    model_id = create(client, experiment)
    client.delete_logged_model(model_id)
    assert refusal(http.get(f"logged-models/{model_id}")) == MISSING
    assert http.get(f"logged-models/{model_id}", params={"allow_deleted": "true"}).status_code == 200
    assert client.search_logged_models([experiment]) == []


def test_tags_are_replaced_and_deleted_once(client: mlflow.MlflowClient, http: httpx.Client, experiment: str) -> None:
    model_id = create(client, experiment)
    client.set_logged_model_tags(model_id, {"a": "1", "b": "2"})
    client.set_logged_model_tags(model_id, {"b": "3"})
    assert client.get_logged_model(model_id).tags == {"a": "1", "b": "3"}
    client.delete_logged_model_tag(model_id, "a")
    assert refusal(http.request("DELETE", f"logged-models/{model_id}/tags/a")) == MISSING


def test_params_can_be_added(client: mlflow.MlflowClient, http: httpx.Client, experiment: str) -> None:
    model_id = create(client, experiment)
    client.log_model_params(model_id, {"depth": "3"})
    assert client.get_logged_model(model_id).params == {"depth": "3"}
    changed = {"model_id": model_id, "params": [{"key": "depth", "value": "4"}]}
    assert refusal(http.post(f"logged-models/{model_id}/params", json=changed)) == INVALID


@pytest.mark.parametrize("bad", ["a/b", "a:b", "a.b", "a%b", "a'b"])
def test_bad_names_are_refused(http: httpx.Client, experiment: str, bad: str) -> None:
    assert refusal(http.post("logged-models", json={"experiment_id": experiment, "name": bad})) == INVALID


def test_metrics_are_the_runs_and_the_models(client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    model_id = create(client, experiment, run=run)
    client.log_metric(run, "f1", 0.8, step=3, model_id=model_id, dataset_name="test", dataset_digest="d1")
    client.log_batch(run, metrics=[Metric("loss", 0.2, 1, 0, model_id=model_id)])
    assert client.get_run(run).data.metrics == {"f1": 0.8, "loss": 0.2}
    metrics = {one.key: one for one in client.get_logged_model(model_id).metrics}
    assert (metrics["f1"].value, metrics["f1"].step, metrics["f1"].run_id) == (0.8, 3, run)
    assert (metrics["f1"].dataset_name, metrics["f1"].dataset_digest) == ("test", "d1")
    assert metrics["loss"].value == 0.2


def test_models_are_searched_by_everything(client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    good = client.create_logged_model(experiment, "good", source_run_id=run, params={"lr": "1"}, tags={"t": "x"})
    bad = client.create_logged_model(experiment, "bad", source_run_id=run, params={"lr": "2"})
    client.log_metric(run, "f1", 0.9, model_id=good.model_id, dataset_name="test", dataset_digest="d")
    client.log_metric(run, "f1", 0.1, model_id=bad.model_id)

    def found(text: str, **more: object) -> list[str]:
        return [one.name for one in client.search_logged_models([experiment], text, **more)]

    assert sorted(found("")) == ["bad", "good"]
    assert found("metrics.f1 > 0.5") == ["good"]
    assert found("params.lr = '2'") == ["bad"]
    assert found("tags.t = 'x' AND name = 'good'") == ["good"]
    assert sorted(found(f"source_run_id = '{run}'")) == ["bad", "good"]
    assert found("", order_by=[{"field_name": "metrics.f1", "ascending": True}]) == ["bad", "good"]
    assert found("", order_by=[{"field_name": "metrics.f1", "ascending": False}]) == ["good", "bad"]
    assert found("", datasets=[{"dataset_name": "test", "dataset_digest": "d"}]) == ["good"]


def test_pages_hold_everything_once_and_tokens_belong_to_their_query(
    client: mlflow.MlflowClient, http: httpx.Client, experiment: str
) -> None:
    expected = {create(client, experiment, f"m{number}") for number in range(5)}
    first = client.search_logged_models([experiment], max_results=3)
    second = client.search_logged_models([experiment], max_results=3, page_token=first.token)
    assert {one.model_id for one in [*first, *second]} == expected
    assert not second.token
    other = {"experiment_ids": [experiment], "filter": "name = 'm1'", "page_token": first.token}
    assert refusal(http.post("logged-models/search", json=other)) == INVALID
    assert refusal(http.post("logged-models/search", json={})) == INVALID
    assert http.post("logged-models/search", json={"experiment_ids": []}).json() == {}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_model_is_logged_registered_and_loaded_again(client: mlflow.MlflowClient, experiment: str, name: str) -> None:
    x = np.arange(20.0).reshape(-1, 1)
    with mlflow.start_run(experiment_id=experiment) as started:
        fitted = LinearRegression().fit(x, 3 * x[:, 0] + 1)
        info = mlflow.sklearn.log_model(
            fitted, name="model", input_example=x[:2], pip_requirements=[], serialization_format="pickle"
        )
    run = started.info.run_id
    assert client.get_logged_model(info.model_id).status == LoggedModelStatus.READY
    assert [output.model_id for output in client.get_run(run).outputs.model_outputs] == [info.model_id]
    by_id = mlflow.register_model(f"models:/{info.model_id}", name)
    by_run = mlflow.register_model(f"runs:/{run}/model", name)
    assert (by_id.version, by_run.version) == ("1", "2")
    assert {by_id.run_id, by_run.run_id} == {run}
    client.set_registered_model_alias(name, "champion", by_run.version)
    for uri in (f"models:/{name}@champion", f"models:/{name}/1", f"models:/{info.model_id}", f"runs:/{run}/model"):
        assert mlflow.pyfunc.load_model(uri).predict(x[:2]) == pytest.approx([1.0, 4.0])
    links = json.loads(client.get_logged_model(info.model_id).tags["mlflow.modelVersions"])
    assert {str(link["version"]) for link in links if link["name"] == name} == {"1", "2"}


@pytest.mark.parametrize(
    "key", ["creation_time", "creation_timestamp", "creation_timestamp_ms", "last_updated_timestamp_ms"]
)
def test_times_have_several_names(client: mlflow.MlflowClient, experiment: str, key: str) -> None:
    client.create_logged_model(experiment)
    assert len(client.search_logged_models([experiment], f"{key} > 0")) == 1
    assert client.search_logged_models([experiment], f"{key} < 0") == []


def test_long_params_are_kept_whole(client: mlflow.MlflowClient, experiment: str) -> None:
    made = client.create_logged_model(experiment, params={"long": "x" * 6_001})
    client.log_model_params(made.model_id, {"longer": "x" * 7_000})
    params = client.get_logged_model(made.model_id).params
    assert {key: len(value) for key, value in params.items()} == {"long": 6_001, "longer": 7_000}


@pytest.mark.parametrize(("allowed", "status"), [("true", 200), ("TRUE", 200), ("1", 404), ("false", 404), ("", 404)])
def test_deleted_models_are_allowed_by_the_word_true(
    client: mlflow.MlflowClient, http: httpx.Client, experiment: str, allowed: str, status: int
) -> None:
    model_id = client.create_logged_model(experiment).model_id
    client.delete_logged_model(model_id)
    assert http.get(f"logged-models/{model_id}", params={"allow_deleted": allowed}).status_code == status
