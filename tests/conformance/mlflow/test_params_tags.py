import httpx
import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from tests.support.mlflow_errors import INVALID, MISSING, refusal


def test_params_are_texts(client: mlflow.MlflowClient, run: str) -> None:
    client.log_param(run, "lr", 0.1)
    client.log_param(run, "empty", "")
    assert client.get_run(run).data.params == {"lr": "0.1", "empty": ""}


def test_a_param_may_be_logged_again_but_not_changed(client: mlflow.MlflowClient, run: str) -> None:
    client.log_param(run, "lr", "0.1")
    client.log_param(run, "lr", "0.1")
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(run, "lr", "0.2")
    assert client.get_run(run).data.params == {"lr": "0.1"}


def test_an_empty_param_cannot_be_changed_either(client: mlflow.MlflowClient, http: httpx.Client, run: str) -> None:
    client.log_param(run, "lr", "")
    assert refusal(http.post("runs/log-parameter", json={"run_id": run, "key": "lr", "value": "1"})) == INVALID


@pytest.mark.parametrize("value", [3, ["a"], {"a": 1}, True])
def test_a_param_that_is_no_text_is_refused(http: httpx.Client, run: str, value: object) -> None:
    assert (
        refusal(http.post("runs/log-batch", json={"run_id": run, "params": [{"key": "a", "value": value}]})) == INVALID
    )


def test_long_values_are_cut(client: mlflow.MlflowClient, run: str) -> None:
    client.log_param(run, "p", "x" * 6001)
    client.set_tag(run, "t", "x" * 8001)
    data = client.get_run(run).data
    assert (len(data.params["p"]), len(data.tags["t"])) == (6000, 8000)


@pytest.mark.parametrize("key", ["../a", "a//b", "a?", "k" * 251, ".", ""])
@pytest.mark.parametrize("path", ["runs/log-parameter", "runs/set-tag"])
def test_bad_keys_are_refused(http: httpx.Client, run: str, path: str, key: str) -> None:
    assert refusal(http.post(path, json={"run_id": run, "key": key, "value": "v"})) == INVALID


def test_tags_are_set_replaced_and_removed(client: mlflow.MlflowClient, http: httpx.Client, run: str) -> None:
    client.set_tag(run, "a", 1)
    client.set_tag(run, "a", 2)
    assert client.get_run(run).data.tags["a"] == "2"
    client.delete_tag(run, "a")
    assert "a" not in client.get_run(run).data.tags
    assert refusal(http.post("runs/delete-tag", json={"run_id": run, "key": "a"})) == MISSING


def test_a_batch_holds_metrics_params_and_tags(client: mlflow.MlflowClient, run: str) -> None:
    client.log_batch(run, [Metric("m", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "1"), RunTag("t", "2")])
    data = client.get_run(run).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.0}, {"p": "1"}, "2")


@pytest.mark.parametrize(
    "bad",
    [
        {"metrics": [{"key": "../m", "value": 1, "timestamp": 1}]},
        {"metrics": [{"key": "m2", "value": 1}]},
        {"metrics": [{"key": "m2", "value": 1, "timestamp": -1}]},
        {"params": [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]},
        {"params": [{"key": "p", "value": "1"}, {"key": "known", "value": "other"}]},
        {"params": [{"value": "1"}]},
        {"tags": [{"key": "../t", "value": "1"}]},
        {"tags": "t"},
    ],
)
def test_a_batch_with_one_bad_entry_writes_nothing(
    client: mlflow.MlflowClient, http: httpx.Client, run: str, bad: dict[str, object]
) -> None:
    client.log_param(run, "known", "1")
    before = client.get_run(run).data.to_dictionary()
    good = {
        "metrics": [{"key": "m", "value": 1, "timestamp": 1}],
        "params": [{"key": "fresh", "value": "1"}],
        "tags": [{"key": "t", "value": "1"}],
    }
    assert refusal(http.post("runs/log-batch", json={"run_id": run, **good, **bad})) == INVALID
    assert client.get_run(run).data.to_dictionary() == before


@pytest.mark.parametrize(("kind", "most"), [("metrics", 1000), ("params", 100), ("tags", 100)])
def test_a_batch_has_limits(http: httpx.Client, run: str, kind: str, most: int) -> None:
    def entries(count: int) -> list[dict[str, object]]:
        extra = {"value": 1, "timestamp": 1} if kind == "metrics" else {"value": "1"}
        return [{"key": f"k{at}", **extra} for at in range(count)]

    assert http.post("runs/log-batch", json={"run_id": run, kind: entries(most)}).json() == {}
    reply = http.post("runs/log-batch", json={"run_id": run, kind: entries(most + 1)})
    assert refusal(reply) == INVALID
    assert f"at most {most} {kind}" in reply.json()["message"]


def test_a_batch_holds_a_thousand_entries_in_all(http: httpx.Client, run: str) -> None:
    metrics = [{"key": "m", "value": 1, "timestamp": at} for at in range(950)]
    params = [{"key": f"p{at}", "value": "1"} for at in range(51)]
    assert refusal(http.post("runs/log-batch", json={"run_id": run, "metrics": metrics, "params": params})) == INVALID


def test_an_empty_batch_changes_nothing(http: httpx.Client, run: str) -> None:
    assert http.post("runs/log-batch", json={"run_id": run, "metrics": None}).json() == {}
