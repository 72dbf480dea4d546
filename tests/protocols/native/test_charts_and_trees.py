"""Charts, trees and chosen fields over HTTP and by the client, on a real server."""

from collections.abc import Iterator

import httpx
import pytest

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.sdk.client import Client
from tests.support.stocked import RUN_NAME, Stocked


@pytest.fixture
def http(stocked: Stocked) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{stocked.url}/api/v1/", timeout=120) as client:
        yield client


@pytest.fixture
def client(stocked: Stocked) -> Iterator[Client]:
    with Client(stocked.url) as made:
        yield made


def test_a_metric_is_drawn_in_buckets(http: httpx.Client, stocked: Stocked) -> None:
    chart = http.get(f"runs/{stocked.run_id}/metrics/loss/train/buckets", params={"buckets": 1}).json()
    mark = {"x": 0, "value": 1.0}
    assert chart["buckets"] == [
        {
            "start": 0,
            "end": 3,
            "count": 3,
            "first": mark,
            "last": {"x": 2, "value": 0.25},
            "min": {"x": 2, "value": 0.25},
            "max": mark,
        }
    ]
    assert (chart["exact"], chart["total"], chart["points"]) == (False, 3, [])


def test_steps_come_with_the_time_they_were_logged_at(client: Client, stocked: Stocked) -> None:
    exact, packed = (client.chart(stocked.run_id, "loss/train", buckets=count) for count in (10, 1))
    by_time = client.chart(stocked.run_id, "loss/train", x="time")
    assert (exact.times, packed.times) == ([point.x for point in by_time.points], [by_time.points[0].x])
    assert by_time.times == []


def test_what_is_no_number_is_a_word(client: Client, stocked: Stocked) -> None:
    chart = client.chart(stocked.run_id, "gap", x="time")
    assert [(point.x, point.value) for point in chart.points] == [(1, "NaN")]


def test_several_series_come_at_once(http: httpx.Client, stocked: Stocked) -> None:
    asked = {"run_ids": [stocked.run_id, "f" * 32], "keys": ["gap", "loss/train", "none"], "buckets": 50}
    items = http.post("runs/metrics/buckets", json=asked).json()["items"]
    assert [(one["key"], one["total"]) for one in items] == [("gap", 1), ("loss/train", 3)]


@pytest.mark.parametrize("query", [{"buckets": 0}, {"buckets": 10_001}, {"x": "loss"}, {"colour": "red"}])
def test_a_chart_that_cannot_be_drawn_is_refused(
    http: httpx.Client, stocked: Stocked, query: dict[str, str | int]
) -> None:
    answer = http.get(f"runs/{stocked.run_id}/metrics/gap/buckets", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")


def test_a_run_without_nested_ones_is_a_tree_too(client: Client, stocked: Stocked) -> None:
    [branch] = client.tree(stocked.run_id)
    assert (branch.run.name, branch.parent_id, branch.depth, branch.matches) == (RUN_NAME, None, 0, True)


def test_a_tree_of_nothing_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        client.tree("f" * 32)


def test_only_chosen_fields_are_sent(client: Client, stocked: Stocked) -> None:
    [run] = client.runs([stocked.experiment_id], fields=["metrics.gap", "params"])
    assert ([one.key for one in run.metrics], [one.key for one in run.params], run.tags) == (["gap"], ["depth"], [])


def test_a_field_of_nothing_is_refused(client: Client, stocked: Stocked) -> None:
    with pytest.raises(InvalidInput, match="Invalid field 'loss'"):
        client.runs([stocked.experiment_id], fields=["loss"])


def test_a_search_can_bring_what_runs_are_nested_in(http: httpx.Client, stocked: Stocked) -> None:
    mlflow = f"{stocked.url}/api/2.0/mlflow"
    experiment = http.post(f"{mlflow}/experiments/create", json={"name": "nested"}).json()["experiment_id"]
    tags = [{"key": "mlflow.parentRunId", "value": stocked.run_id}]
    http.post(f"{mlflow}/runs/create", json={"experiment_id": experiment, "tags": tags}).raise_for_status()
    asked = {"experiment_ids": [experiment], "with_ancestors": True}
    assert [one["id"] for one in http.post("runs/search", json=asked).json()["ancestors"]] == [stocked.run_id]
