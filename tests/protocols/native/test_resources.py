"""What is read over HTTP, on a real server."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.stocked import BROKEN, EXPERIMENT, MODEL, RUN_NAME, Stocked


@pytest.fixture
def http(stocked: Stocked) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{stocked.url}/api/v1/", timeout=120) as client:
        yield client


def test_the_server_says_who_it_is(http: httpx.Client, stocked: Stocked) -> None:
    answer = http.get("server").json()
    assert answer["url"] == stocked.url
    assert answer["pid"] == stocked.server.process.pid
    assert answer["data_dir"] == str(stocked.server.data_dir)


def test_experiments_are_listed_in_pages(http: httpx.Client) -> None:
    names: list[str] = []
    token = ""
    while token is not None:
        page = http.get("experiments", params={"limit": 1, "page_token": token} if token else {"limit": 1}).json()
        names += [one["name"] for one in page["items"]]
        token = page["next_page_token"]
    assert names[-2:] == [EXPERIMENT, "Default"], "newest first; other tests of this server may have made more"
    assert len(names) == len(set(names))


def test_an_experiment_is_found_by_id(http: httpx.Client, stocked: Stocked) -> None:
    assert http.get(f"experiments/{stocked.experiment_id}").json()["name"] == EXPERIMENT


def test_deleted_experiments_are_another_view(http: httpx.Client, stocked: Stocked) -> None:
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/mlflow/", timeout=120) as mlflow:
        gone = mlflow.post("experiments/create", json={"name": "gone"}).json()["experiment_id"]
    http.delete(f"experiments/{gone}").raise_for_status()
    names = {
        view: {one["name"] for one in http.get("experiments", params={"view": view, "limit": 1000}).json()["items"]}
        for view in ("active", "deleted")
    }
    assert ("gone" in names["active"], "gone" in names["deleted"]) == (False, True)
    assert (EXPERIMENT in names["active"], EXPERIMENT in names["deleted"]) == (True, False)


def test_runs_are_searched_in_the_filter_language(http: httpx.Client, stocked: Stocked) -> None:
    asked = {"experiment_ids": [stocked.experiment_id], "filter": "params.depth = '3'", "order_by": ["metrics.gap ASC"]}
    [run] = http.post("runs/search", json=asked).json()["items"]
    assert (run["id"], run["name"], run["status"]) == (stocked.run_id, RUN_NAME, "FINISHED")
    assert run["params"] == [{"key": "depth", "value": "3"}]
    assert {one["key"]: one["value"] for one in run["metrics"]} == {"gap": "NaN", "loss/train": 0.25}


def test_runs_are_counted_without_being_read(http: httpx.Client, stocked: Stocked) -> None:
    asked = {"experiment_ids": [stocked.experiment_id]}
    assert http.post("runs/count", json=asked).json() == {"count": 1}
    assert http.post("runs/count", json=asked | {"filter": "params.depth = '4'"}).json() == {"count": 0}


def test_a_run_is_found_by_id(http: httpx.Client, stocked: Stocked) -> None:
    assert http.get(f"runs/{stocked.run_id}").json()["ended_at"] is not None


def test_points_of_a_metric_come_in_pages_whatever_its_name(http: httpx.Client, stocked: Stocked) -> None:
    path = f"runs/{stocked.run_id}/metrics/loss/train"
    first = http.get(path, params={"limit": 2}).json()
    rest = http.get(path, params={"page_token": first["next_page_token"]}).json()
    assert [point["value"] for point in first["items"] + rest["items"]] == [1.0, 0.5, 0.25]
    assert http.get(f"runs/{stocked.run_id}/metrics/gap").json()["items"][0]["value"] == "NaN"


def test_models_are_listed_with_their_aliases(http: httpx.Client) -> None:
    items = {one["name"]: one for one in http.get("models").json()["items"]}  # of other tests, too
    assert [name for name in items if name in {MODEL, BROKEN}] == [BROKEN, MODEL]
    assert items[MODEL]["aliases"] == {"champion": 1}
    assert [one["name"] for one in http.get("models", params={"filter": "name LIKE 'lin%'"}).json()["items"]] == [MODEL]


def test_a_model_has_versions_and_a_history(http: httpx.Client, stocked: Stocked) -> None:
    [version] = http.get(f"models/{MODEL}/versions").json()["items"]
    assert (version["version"], version["run_id"], version["aliases"]) == (1, stocked.run_id, ["champion"])
    assert http.get(f"models/{MODEL}/versions/1").json() == version
    [moved] = http.get(f"models/{MODEL}/history").json()["items"]
    assert (moved["alias"], moved["before"], moved["after"]) == ("champion", None, "1")


def test_events_tell_what_happened_newest_first(http: httpx.Client) -> None:
    first = http.get("events", params={"kind": "model", "limit": 2}).json()
    assert len(first["items"]) == 2
    assert all(one["kind"] == "model" for one in first["items"])
    older = http.get("events", params={"kind": "model", "before": first["next_before"]}).json()["items"]
    assert older
    assert older[0]["id"] < first["items"][-1]["id"]


def test_a_whole_number_may_be_written_as_a_fraction(http: httpx.Client, stocked: Stocked) -> None:
    headers = {"content-type": "application/json"}
    sent = b'{"experiment_ids": ["%s"], "limit": %s}'
    for limit, status in ((b"1.0", 200), (b"1e0", 200), (b"1.5", 400), (b"1e400", 400)):
        body = sent % (stocked.experiment_id.encode(), limit)
        assert http.post("runs/search", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code", "said"),
    [
        ("GET", "nothing", None, 404, "no_such_route", "/docs"),
        ("GET", "experiments/12345", None, 404, "not_found", "12345"),
        ("GET", "experiments/abc", None, 400, "invalid_input", "abc"),
        ("GET", "experiments?limit=0", None, 400, "invalid_input", "limit"),
        ("GET", "experiments?limit=1000000", None, 400, "invalid_input", "limit"),
        ("GET", "experiments?view=all&colour=red", None, 400, "invalid_input", "colour"),
        ("GET", "experiments?page_token=made-up", None, 400, "invalid_input", "token"),
        ("GET", "models/linear/versions/9", None, 404, "not_found", "9"),
        ("GET", "models/linear/versions/one", None, 400, "invalid_input", "one"),
        ("GET", "models/none", None, 404, "not_found", "none"),
        ("GET", "models/none/versions", None, 404, "not_found", "none"),
        ("DELETE", "experiments", None, 405, "method_not_allowed", "GET"),
        ("POST", "runs/search", b'{"experiment_ids": 1}', 400, "invalid_input", "experiment_ids"),
        ("POST", "runs/search", b'{"experiment_ids": [], "filters": ""}', 400, "invalid_input", "filters"),
        ("POST", "runs/search", b'{"experiment_ids"', 400, "invalid_input", "JSON"),
        ("POST", "runs/search", b"[" * 100_000, 400, "invalid_input", "object"),
        ("POST", "runs/search", b'{"experiment_ids": ["0"], "filter": "metrics.x ?"}', 400, "invalid_input", "?"),
        ("PUT", "endpoints/Bad_Name", b'{"model_uri": "models:/linear/1"}', 400, "invalid_input", "Bad_Name"),
        ("PUT", "endpoints/x", b'{"model_uri": "models:/none/1"}', 404, "not_found", "none"),
        ("PUT", "endpoints/x", b'{"model_uri": "linear"}', 400, "invalid_input", "models:/NAME/VERSION"),
        ("PUT", "endpoints/x", b'{"model_uri": "models:/linear/1", "environment": "?"}', 400, "invalid_input", "env"),
        ("GET", "endpoints/none", None, 404, "not_found", "none"),
        ("GET", "endpoints/none/logs", None, 404, "not_found", "none"),
        ("DELETE", "endpoints/none", None, 404, "not_found", "none"),
        ("GET", "events?before=now", None, 400, "invalid_input", "before"),
        ("GET", f"events?before={2**63}", None, 400, "invalid_input", "before"),
        ("GET", "runs/search", None, 405, "method_not_allowed", "POST"),
        ("GET", "events?" + "a=1&" * 11_000, None, 400, "invalid_input", "10000 parameters"),
    ],
)
def test_a_refusal_has_a_status_a_code_and_a_message(
    http: httpx.Client, method: str, path: str, sent: bytes | None, status: int, code: str, said: str
) -> None:
    headers = {"content-type": "application/json"} if sent is not None else {}
    answer = http.request(method, path, content=sent, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert said in error["message"]
    assert error["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("media", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_foreign_page_can_send_is_not_read(http: httpx.Client, media: str) -> None:
    headers = {"content-type": media} if media else {}
    answer = http.post("runs/search", content=b'{"experiment_ids": []}', headers=headers)
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media_type"


def test_a_body_has_a_limit(http: httpx.Client) -> None:
    answer = http.post("runs/search", content=b" " * 2_000_000, headers={"content-type": "application/json"})
    assert answer.status_code == 413
