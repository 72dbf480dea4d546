import math

import httpx
import mlflow
import pytest
from mlflow.entities import ViewType

from tests.support.mlflow_errors import INVALID, refusal


@pytest.fixture(scope="module")
def searched(server: object) -> str:
    """An experiment with runs a, b, c and d, started in that order."""
    client = mlflow.MlflowClient()
    created: str = client.create_experiment("searched")
    losses = {"a": 0.5, "b": math.nan, "c": 0.1, "d": None}
    for at, (name, loss) in enumerate(losses.items()):
        run = client.create_run(created, start_time=1000 + at, run_name=name).info.run_id
        if loss is not None:
            client.log_metric(run, "loss", loss)
        client.log_param(run, "depth", at)
        client.set_tag(run, "Group", "even" if at % 2 == 0 else "odd")
        if name in "ac":
            client.set_terminated(run, end_time=9000 - at)
            client.log_param(run, "note", f"Done {name}")
    return created


def names(client: mlflow.MlflowClient, experiment: str, filter_string: str = "", *order: str) -> str:
    runs = client.search_runs([experiment], filter_string, order_by=list(order))
    return "".join(run.info.run_name for run in runs)


def test_the_newest_run_comes_first(client: mlflow.MlflowClient, searched: str) -> None:
    assert names(client, searched) == "dcba"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("metrics.loss < 0.3", "c"),
        ("metric.loss >= 0.1 and metrics.`loss` <= 0.5", "ca"),
        ("params.depth = '3'", "d"),
        ("param.depth != '3'", "cba"),
        ("params.note LIKE 'Done%'", "ca"),
        ("params.note LIKE 'done%'", ""),
        ("params.note ILIKE 'done%'", "ca"),
        ("params.note IS NULL", "db"),
        ("params.note is not null", "ca"),
        ("params.note != 'x'", "ca"),
        ("tags.Group = 'odd'", "db"),
        ('tags."Group" = "even"', "ca"),
        ("tags.group = 'odd'", ""),
        ("tags.mlflow.runName = 'b'", "b"),
        ("run_name ILIKE 'A'", "a"),
        ("attributes.status = 'FINISHED'", "ca"),
        ("status != 'FINISHED'", "db"),
        ("start_time > 1001", "dc"),
        ("created >= 1003", "d"),
        ("end_time < 9000", "c"),
        ("`Run name` = 'd'", "d"),
        ("run_id IN ('0', '1')", ""),
        ("tags.Group = 'odd' AND metrics.loss > 0", ""),
    ],
)
def test_filters(client: mlflow.MlflowClient, searched: str, condition: str, found: str) -> None:
    assert names(client, searched, condition) == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("metrics.loss ASC", "cabd"),
        ("metrics.loss DESC", "acbd"),
        ("params.note", "acdb"),
        ("params.note desc", "cadb"),
        ("attributes.end_time ASC", "cadb"),
        ("start_time ASC", "abcd"),
        ("run_name DESC", "dcba"),
        ("tags.Group", "cadb"),
    ],
)
def test_orders_keep_runs_without_the_key_last(
    client: mlflow.MlflowClient, searched: str, order: str, found: str
) -> None:
    assert names(client, searched, "", order) == found


@pytest.mark.parametrize("order", [[], ["metrics.loss ASC"], ["params.note DESC", "start_time ASC"]])
def test_pages_join_to_the_whole(client: mlflow.MlflowClient, searched: str, order: list[str]) -> None:
    whole = [run.info.run_id for run in client.search_runs([searched], order_by=order)]
    seen: list[str] = []
    token = None
    while True:
        page = client.search_runs([searched], order_by=order, max_results=2, page_token=token)
        seen += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    assert seen == whole


def test_a_full_last_page_has_no_token(client: mlflow.MlflowClient, searched: str) -> None:
    assert not client.search_runs([searched], max_results=4).token


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_results": 0},
        {"max_results": 50_001},
        {"page_token": "no token"},
        {"filter": "loss <"},
        {"filter": "metrics.loss = 'high'"},
        {"filter": "params.a = 1"},
        {"filter": "metrics.a = 1 OR metrics.b = 1"},
        {"filter": "lifecycle_stage = 'active'"},
        {"filter": "status IN ('RUNNING')"},
        {"order_by": ["metrics.loss sideways"]},
        {"order_by": [3]},
        {"experiment_ids": "0"},
        {"experiment_ids": ["zero"]},
        {"filter": " "},
    ],
)
def test_searches_that_make_no_sense_are_refused(http: httpx.Client, searched: str, wrong: dict[str, object]) -> None:
    assert refusal(http.post("runs/search", json={"experiment_ids": [searched], **wrong})) == INVALID


@pytest.mark.parametrize("view", ["EVERYTHING", "", "all", 9, 0])
def test_an_unknown_view_is_of_active_runs(http: httpx.Client, searched: str, view: object) -> None:
    asked = {"experiment_ids": [searched]}
    assert (
        http.post("runs/search", json=asked | {"run_view_type": view}).json()
        == http.post("runs/search", json=asked).json()
    )


def test_no_experiments_have_no_runs(http: httpx.Client) -> None:
    assert http.post("runs/search", json={"experiment_ids": []}).json() == {}


def test_views_tell_active_from_deleted(client: mlflow.MlflowClient, experiment: str) -> None:
    kept, gone = (client.create_run(experiment).info.run_id for _ in range(2))
    client.delete_run(gone)

    def found(view: int) -> set[str]:
        return {run.info.run_id for run in client.search_runs([experiment], run_view_type=view)}

    assert found(ViewType.ACTIVE_ONLY) == {kept}
    assert found(ViewType.DELETED_ONLY) == {gone}
    assert found(ViewType.ALL) == {kept, gone}


def test_a_search_shows_what_was_just_logged(client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    for step in range(3):
        client.log_metric(run, "loss", float(step), step=step)
        (found,) = client.search_runs([experiment])
        assert found.data.metrics == {"loss": float(step)}


def test_found_runs_are_complete(client: mlflow.MlflowClient, searched: str) -> None:
    for found in client.search_runs([searched], "metrics.loss < 1"):
        assert found.to_dictionary() == client.get_run(found.info.run_id).to_dictionary()


def test_the_fluent_search_makes_a_table(client: mlflow.MlflowClient, searched: str) -> None:
    table = mlflow.search_runs([searched], order_by=["start_time ASC"])
    assert list(table["tags.mlflow.runName"]) == ["a", "b", "c", "d"]
    assert list(table["params.depth"]) == ["0", "1", "2", "3"]
