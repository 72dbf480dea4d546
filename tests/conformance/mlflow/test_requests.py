"""How requests may be written, beyond what the stock client sends."""

import httpx
import mlflow
import pytest

from tests.support.mlflow_errors import INVALID, MISSING, refusal


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_post_must_say_that_it_is_json(http: httpx.Client, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert refusal(http.post("runs/search", content=b"{}", headers=headers)) == INVALID


def test_a_charset_is_fine(http: httpx.Client) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert http.post("runs/search", content=b"{}", headers=headers).json() == {}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null"])
def test_a_broken_body_counts_as_empty(http: httpx.Client, body: bytes) -> None:
    reply = http.post("runs/log-metric", content=body, headers={"content-type": "application/json"})
    assert refusal(reply) == INVALID
    assert reply.json()["message"].startswith("Missing value for required parameter 'run_id'")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 50_000 + b"]" * 50_000, b"[]"])
def test_deep_and_shapeless_bodies_are_refused(http: httpx.Client, body: bytes) -> None:
    reply = http.post("runs/log-metric", content=body, headers={"content-type": "application/json"})
    assert refusal(reply) == INVALID


def test_a_huge_body_is_refused(http: httpx.Client) -> None:
    reply = http.post("runs/log-batch", content=b" " * 10_000_001, headers={"content-type": "application/json"})
    assert refusal(reply)[0] == 413


def test_camel_case_is_read_as_snake_case(client: mlflow.MlflowClient, http: httpx.Client, experiment: str) -> None:
    sent = {"experimentId": experiment, "runName": "camel", "startTime": "7"}
    info = http.post("runs/create", json=sent).json()["run"]["info"]
    assert (info["run_name"], info["start_time"]) == ("camel", 7)


def test_two_spellings_of_one_field_are_refused(http: httpx.Client, run: str) -> None:
    sent = {"run_id": run, "runId": run, "key": "k", "value": "v"}
    assert refusal(http.post("runs/set-tag", json=sent)) == INVALID


@pytest.mark.parametrize("path", ["runs/log-metric", "runs/log-parameter", "runs/set-tag", "runs/log-batch"])
def test_the_old_name_of_a_runs_id_is_read(http: httpx.Client, run: str, path: str) -> None:
    sent = {"run_uuid": run, "key": "k", "value": "1", "timestamp": 1}
    assert http.post(path, json=sent).json() == {}


def test_unknown_fields_are_ignored(http: httpx.Client, run: str) -> None:
    sent = {"run_id": run, "key": "k", "value": "v", "colour": {"deep": [1, 2]}}
    assert http.post("runs/set-tag", json=sent).json() == {}


def test_enums_go_by_number_too(http: httpx.Client, experiment: str) -> None:
    sent = {"experiment_ids": [experiment], "run_view_type": 3}
    assert http.post("runs/search", json=sent).json() == {}


def test_values_survive_whatever_characters_they_have(client: mlflow.MlflowClient, run: str) -> None:
    value = 'é\u4e2d\U0001f600"\\\n\t\u2028</script>'
    client.set_tag(run, "odd", value)
    client.log_param(run, "odd", value)
    data = client.get_run(run).data
    assert (data.tags["odd"], data.params["odd"]) == (value, value)


@pytest.mark.parametrize("content_type", [None, "text/plain"])
def test_only_posts_and_puts_must_say_that_they_are_json(http: httpx.Client, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    for method, path in (("PATCH", "registered-models/update"), ("DELETE", "registered-models/delete")):
        reply = http.request(method, path, content=b'{"name": "ghost"}', headers=headers)
        assert refusal(reply) == MISSING


@pytest.mark.parametrize(("value", "read"), [(True, 1.0), (" 1 ", 1.0), ("1_000", 1000.0), ("1e3", 1000.0)])
def test_a_value_is_read_as_python_reads_numbers(http: httpx.Client, run: str, value: object, read: float) -> None:
    http.post("runs/log-metric", json={"run_id": run, "key": "k", "value": value, "timestamp": 1})
    asked = {"run_id": run, "metric_key": "k"}
    assert http.get("metrics/get-history", params=asked).json()["metrics"][0]["value"] == read


def test_a_list_of_the_wrong_things_is_shown_whole(http: httpx.Client, experiment: str) -> None:
    reply = http.post("runs/search", json={"experiment_ids": [experiment], "order_by": [5]})
    assert reply.json()["message"] == (
        "Invalid value [5] for parameter 'order_by' supplied:  Hint: Value was of type 'list'. "
        "See the API docs for more information about request parameters."
    )
