"""What the wire looks like, where the client does not show it."""

import base64
import json

import httpx
import pytest

from tests.support.kfp_filters import predicate
from tests.support.server import RunningServer


def test_health(http: httpx.Client) -> None:
    assert http.get("healthz").json() == {"multi_user": False, "pipeline_store": "database"}


def test_an_empty_list_is_an_empty_object(http: httpx.Client) -> None:
    nothing = predicate("name", 1, string_value="nothing has this name")
    for noun in ("experiments", "pipelines", "runs", "recurringruns"):
        assert http.get(noun, params={"filter": nothing}).json() == {}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_kfp_1_is_told_the_way_to_kfp_2(server: RunningServer, method: str) -> None:
    refused = httpx.request(method, f"{server.url}/apis/v1beta1/runs/x")
    assert refused.status_code == 501
    assert "kfp 2" in refused.json()["message"]


def test_an_unknown_route_is_refused_in_this_dialect(http: httpx.Client) -> None:
    refused = http.get("nothing")
    assert (refused.status_code, refused.json()["code"]) == (404, 5)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"display_name": "x", "colour": "red"}, "colour"),
        ({"display_name": 5}, "display_name"),
        ([1], "JSON object"),
    ],
)
def test_what_is_no_message_is_refused(http: httpx.Client, body: object, reason: str) -> None:
    refused = http.post("experiments", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, 3)
    assert reason in refused.json()["message"]


def test_null_is_what_is_not_set(http: httpx.Client, name: str) -> None:
    made = http.post("experiments", json={"display_name": name, "description": None, "namespace": ""})
    assert made.json().keys() == {"experiment_id", "display_name", "created_at", "storage_state"}


@pytest.mark.parametrize(
    "asked",
    [
        {"page_size": "-1"},
        {"page_size": "many"},
        {"sort_by": "display_name up"},
        {"sort_by": "colour"},
        {"filter": "{"},
        {"filter": predicate("colour", 1, string_value="red")},
        {"filter": predicate("name", 8, string_value="a")},
        {"filter": predicate("name", 1, string_values={"values": ["a"]})},
        {"filter": predicate("name", 1)},
        {"filter": predicate("name", 4, string_value="a")},
        {"filter": predicate("name", 9, int_value=3)},
        {"filter": predicate("created_at", 1, timestamp_value="soon")},
        {"page_token": "x"},
        {"page_token": base64.b64encode(b"[]").decode()},
        {"page_token": base64.b64encode(json.dumps({"sort": "", "filter": "", "after": "x"}).encode()).decode()},
    ],
)
def test_what_cannot_be_listed_is_refused(http: httpx.Client, asked: dict[str, str]) -> None:
    for noun in ("experiments", "pipelines", "runs", "recurringruns"):
        refused = http.get(noun, params=asked)
        assert (refused.status_code, refused.json()["code"]) == (400, 3), (noun, refused.text)


def test_a_page_token_goes_with_its_order_and_filter(http: httpx.Client, name: str) -> None:
    for number in range(3):
        http.post("experiments", json={"display_name": f"{name}-{number}"})
    mine = {"filter": predicate("name", 9, string_value=f"{name}-"), "sort_by": "name desc", "page_size": "2"}
    token = http.get("experiments", params=mine).json()["next_page_token"]
    for rest in ({}, mine):
        (last,) = http.get("experiments", params={**rest, "page_token": token}).json()["experiments"]
        assert last["display_name"] == f"{name}-0"
    other = http.get("experiments", params={**mine, "sort_by": "name", "page_token": token})
    assert other.status_code == 400


def test_a_page_is_never_larger_than_200(http: httpx.Client) -> None:
    assert http.get("experiments", params={"page_size": "5000"}).status_code == 200
