import math
from concurrent.futures import ThreadPoolExecutor

import httpx
import mlflow
import pytest
from mlflow.entities import Metric

from tests.support.mlflow_errors import INVALID, MISSING, refusal
from tests.support.server import RunningServer

LARGEST = 1.7976931348623157e308


def log(http: httpx.Client, run: str, *points: tuple[object, int, int], key: str = "loss") -> None:
    """Points are (value, timestamp, step)."""
    for value, timestamp, step in points:
        sent = {"run_id": run, "key": key, "value": value, "timestamp": timestamp, "step": step}
        assert http.post("runs/log-metric", json=sent).json() == {}


def latest(http: httpx.Client, run: str, key: str = "loss") -> dict[str, object]:
    metrics = http.get("runs/get", params={"run_id": run}).json()["run"]["data"]["metrics"]
    (found,) = (metric for metric in metrics if metric["key"] == key)
    return dict(found)


def test_the_latest_point_has_the_highest_step(http: httpx.Client, run: str) -> None:
    log(http, run, (1, 100, 5), (2, 300, 3), (3, 200, -1))
    assert latest(http, run) == {"key": "loss", "value": 1.0, "timestamp": 100, "step": 5}


def test_of_one_step_the_latest_time_wins_then_the_largest_value(http: httpx.Client, run: str) -> None:
    log(http, run, (9, 100, 1), (1, 200, 1), (2, 200, 1), (1.5, 200, 1))
    assert latest(http, run) == {"key": "loss", "value": 2.0, "timestamp": 200, "step": 1}


def test_within_a_batch_the_same_rule_holds(client: mlflow.MlflowClient, run: str) -> None:
    client.log_batch(run, [Metric("loss", value, at, step) for value, at, step in [(1, 5, 2), (7, 9, 1), (3, 4, 2)]])
    assert client.get_run(run).data.metrics == {"loss": 1.0}


def test_a_history_goes_by_time_and_holds_each_point_once(client: mlflow.MlflowClient, run: str) -> None:
    for value, at, step in [(1, 30, 0), (2, 10, 2), (2, 10, 2), (5, 10, 2), (4, 10, 1)]:
        client.log_metric(run, "loss", value, timestamp=at, step=step)
    history = [(point.timestamp, point.step, point.value) for point in client.get_metric_history(run, "loss")]
    assert history == [(10, 1, 4.0), (10, 2, 2.0), (10, 2, 5.0), (30, 0, 1.0)]


def test_what_json_lacks_comes_back_as_mlflow_writes_it(http: httpx.Client, run: str) -> None:
    log(http, run, ("NaN", 1, 1), ("Infinity", 2, 2), ("-Infinity", 3, 3), ("1.25", 4, 4))
    history = http.get("metrics/get-history", params={"run_id": run, "metric_key": "loss"}).json()["metrics"]
    assert [point["value"] for point in history] == ["NaN", LARGEST, -LARGEST, 1.25]


@pytest.mark.parametrize(("value", "shown"), [("NaN", "NaN"), ("Infinity", LARGEST), ("-Infinity", -LARGEST)])
def test_a_runs_latest_value_is_written_so_too(http: httpx.Client, run: str, value: str, shown: object) -> None:
    log(http, run, (value, 1, 1))
    assert latest(http, run)["value"] == shown


def test_the_client_sees_nan_as_nan(client: mlflow.MlflowClient, run: str) -> None:
    client.log_metric(run, "loss", math.nan)
    assert math.isnan(client.get_run(run).data.metrics["loss"])


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1])
@pytest.mark.parametrize("spelling", [int, str])
def test_steps_and_times_are_exact(http: httpx.Client, run: str, number: int, spelling: type) -> None:
    given = spelling(number)
    sent = {"run_id": run, "key": "loss", "value": 1, "timestamp": given, "step": given}
    assert http.post("runs/log-metric", json=sent).status_code == 200
    assert (latest(http, run)["timestamp"], latest(http, run)["step"]) == (number, number)


@pytest.mark.parametrize(
    "broken",
    [
        {"value": None},
        {"value": "high"},
        {"value": [1]},
        {"timestamp": None},
        {"timestamp": -1},
        {"timestamp": "now"},
        {"timestamp": 2**63},
        {"step": "first"},
        {"key": ""},
        {"key": 5},
        {"key": "../loss"},
        {"key": "a//b"},
        {"key": "/a"},
        {"key": "a/"},
        {"key": "a?b"},
        {"key": "k" * 251},
        {"key": "k" * 1_000_000},
        {"run_id": None},
        {"run_id": 5},
    ],
)
def test_broken_points_are_refused(http: httpx.Client, run: str, broken: dict[str, object]) -> None:
    sent = {"run_id": run, "key": "loss", "value": 1, "timestamp": 1, "step": 0, **broken}
    assert refusal(http.post("runs/log-metric", json=sent)) == INVALID
    shown = http.get("runs/get", params={"run_id": run}).json()["run"]
    assert not shown["data"].get("metrics")


@pytest.mark.parametrize("key", ["loss", "a/b.c-d: e_f", "größe", "k" * 250])
def test_names_may_hold_letters_of_any_script_and_a_few_signs(client: mlflow.MlflowClient, run: str, key: str) -> None:
    client.log_metric(run, key, 1.0)
    assert client.get_run(run).data.metrics == {key: 1.0}


def test_points_of_an_unknown_run_are_refused(http: httpx.Client) -> None:
    sent = {"run_id": "0" * 32, "key": "loss", "value": 1, "timestamp": 1}
    assert refusal(http.post("runs/log-metric", json=sent)) == MISSING


def test_a_history_goes_page_by_page(client: mlflow.MlflowClient, http: httpx.Client, run: str) -> None:
    client.log_batch(run, [Metric("loss", float(at), at, at) for at in range(5)])
    params: dict[str, str | int] = {"run_id": run, "metric_key": "loss", "max_results": 2}
    seen: list[int] = []
    while True:
        page = http.get("metrics/get-history", params=params).json()
        seen += [point["step"] for point in page["metrics"]]
        if "next_page_token" not in page:
            break
        params["page_token"] = page["next_page_token"]
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("most", [0, -1, "all"])
def test_a_history_has_no_empty_pages(http: httpx.Client, run: str, most: object) -> None:
    sent = {"run_id": run, "metric_key": "loss", "max_results": str(most)}
    assert refusal(http.get("metrics/get-history", params=sent)) == INVALID


def test_an_unknown_metric_has_no_history(http: httpx.Client, run: str) -> None:
    assert http.get("metrics/get-history", params={"run_id": run, "metric_key": "unknown"}).json() == {}


def test_a_long_history_comes_whole(client: mlflow.MlflowClient, run: str) -> None:
    for start in range(0, 30_000, 1000):
        client.log_batch(run, [Metric("loss", float(at), at, at) for at in range(start, start + 1000)])
    history = client.get_metric_history(run, "loss")
    assert [point.step for point in history] == list(range(30_000))


def test_histories_of_several_runs_come_in_bulk(
    client: mlflow.MlflowClient, server: RunningServer, experiment: str
) -> None:
    runs = sorted(client.create_run(experiment).info.run_id for _ in range(2))
    for run in runs:
        client.log_batch(run, [Metric("loss", 1.0, at, at) for at in (2, 1)])
    url = f"{server.url}/ajax-api/2.0/mlflow/metrics/get-history-bulk"
    points = httpx.get(url, params={"run_id": runs[::-1], "metric_key": "loss"}).json()["metrics"]
    assert [(point["run_id"], point["timestamp"]) for point in points] == [(run, at) for run in runs for at in (1, 2)]
    assert refusal(httpx.get(url, params={"run_id": ["0" * 32] * 101, "metric_key": "loss"})) == INVALID
    assert refusal(httpx.get(url, params={"run_id": runs})) == INVALID
    assert refusal(httpx.get(url, params={"metric_key": "loss"})) == INVALID


def test_samples_keep_the_first_and_the_last_point(client: mlflow.MlflowClient, http: httpx.Client, run: str) -> None:
    client.log_batch(run, [Metric("loss", float(at), at, at) for at in range(1000)])
    params: dict[str, object] = {"run_ids": run, "metric_key": "loss", "max_results": 10}
    steps = [point["step"] for point in sampled(http, params)]
    assert (len(steps), steps[0], steps[-1]) == (10, 0, 999)
    inside = [point["step"] for point in sampled(http, {**params, "start_step": 100, "end_step": 200})]
    assert (len(inside), inside[0], inside[-1]) == (10, 100, 200)


def sampled(http: httpx.Client, params: dict[str, object]) -> list[dict[str, object]]:
    sent = {key: str(value) for key, value in params.items()}
    points: list[dict[str, object]] = http.get("metrics/get-history-bulk-interval", params=sent).json()["metrics"]
    return points


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_results": "0"},
        {"max_results": "2501"},
        {"start_step": "1"},
        {"end_step": "1"},
        {"start_step": "2", "end_step": "1"},
        {"metric_key": ""},
    ],
)
def test_samples_of_nonsense_are_refused(http: httpx.Client, run: str, wrong: dict[str, str]) -> None:
    sent = {"run_ids": run, "metric_key": "loss", **wrong}
    assert refusal(http.get("metrics/get-history-bulk-interval", params=sent)) == INVALID


def test_many_clients_log_to_one_run_at_once(client: mlflow.MlflowClient, run: str) -> None:
    def work(worker: int) -> None:
        for step in range(25):
            client.log_metric(run, "loss", worker, timestamp=worker, step=step)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(client.get_metric_history(run, "loss")) == 200
