import httpx
import mlflow
import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException

from tests.support.mlflow_errors import INVALID, MISSING, TAKEN, refusal


def test_the_default_experiment_has_id_zero(client: mlflow.MlflowClient) -> None:
    default = client.get_experiment("0")
    assert (default.name, default.artifact_location) == ("Default", "mlflow-artifacts:/0")


def test_an_experiment_is_found_by_id_and_by_name(client: mlflow.MlflowClient, name: str) -> None:
    created = client.create_experiment(name, tags={"team": "taxi"})
    found = client.get_experiment(created)
    assert created.isdecimal()
    assert (found.name, found.tags, found.lifecycle_stage) == (name, {"team": "taxi"}, "active")
    assert found.creation_time == found.last_update_time
    assert client.get_experiment_by_name(name).experiment_id == created


def test_where_artifacts_go_may_be_chosen(client: mlflow.MlflowClient, name: str) -> None:
    created = client.create_experiment(name, artifact_location="s3://bucket/some/place")
    assert client.get_experiment(created).artifact_location == "s3://bucket/some/place"
    run = client.create_run(created)
    assert run.info.artifact_uri == f"s3://bucket/some/place/{run.info.run_id}/artifacts"


@pytest.mark.parametrize("location", ["s3://bucket/a#b", "runs:/abc/x", "s3://bucket/" + "x" * 2048])
def test_bad_places_for_artifacts_are_refused(http: httpx.Client, name: str, location: str) -> None:
    assert refusal(http.post("experiments/create", json={"name": name, "artifact_location": location})) == INVALID


def test_a_name_is_taken_once_also_in_the_trash(client: mlflow.MlflowClient, http: httpx.Client, name: str) -> None:
    created = client.create_experiment(name)
    assert refusal(http.post("experiments/create", json={"name": name})) == TAKEN
    client.delete_experiment(created)
    assert refusal(http.post("experiments/create", json={"name": name})) == TAKEN


def test_names_are_case_sensitive(client: mlflow.MlflowClient, name: str) -> None:
    assert client.create_experiment(name) != client.create_experiment(name.upper())


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": 12}, {"name": "x" * 501}])
def test_bad_names_are_refused(http: httpx.Client, body: dict[str, object]) -> None:
    assert refusal(http.post("experiments/create", json=body)) == INVALID


def test_unknown_experiments_are_not_found(http: httpx.Client) -> None:
    assert refusal(http.get("experiments/get", params={"experiment_id": "987654321"})) == MISSING
    assert refusal(http.get("experiments/get-by-name", params={"experiment_name": "nobody's"})) == MISSING
    assert refusal(http.get("experiments/get", params={"experiment_id": "one"})) == INVALID


def test_renaming_moves_the_last_update(client: mlflow.MlflowClient, experiment: str, name: str) -> None:
    before = client.get_experiment(experiment)
    client.rename_experiment(experiment, name)
    after = client.get_experiment(experiment)
    assert after.name == name
    assert after.last_update_time >= before.last_update_time
    assert after.creation_time == before.creation_time


def test_renaming_to_a_taken_name_is_refused(client: mlflow.MlflowClient, experiment: str, http: httpx.Client) -> None:
    body = {"experiment_id": experiment, "new_name": "Default"}
    assert refusal(http.post("experiments/update", json=body)) == TAKEN


def test_deleting_and_restoring_take_the_runs_along(client: mlflow.MlflowClient, experiment: str) -> None:
    runs = [client.create_run(experiment).info.run_id for _ in range(2)]
    client.delete_run(runs[0])
    client.delete_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "deleted"
    assert {client.get_run(run).info.lifecycle_stage for run in runs} == {"deleted"}
    client.restore_experiment(experiment)
    assert {client.get_run(run).info.lifecycle_stage for run in runs} == {"active"}


def test_deleting_twice_and_restoring_what_is_there_are_refused(http: httpx.Client, experiment: str) -> None:
    body = {"experiment_id": experiment}
    assert refusal(http.post("experiments/restore", json=body)) == MISSING
    assert http.post("experiments/delete", json=body).json() == {}
    assert refusal(http.post("experiments/delete", json=body)) == MISSING


def test_a_deleted_experiment_takes_no_changes(client: mlflow.MlflowClient, http: httpx.Client, name: str) -> None:
    created = client.create_experiment(name)
    client.delete_experiment(created)
    renaming = http.post("experiments/update", json={"experiment_id": created, "new_name": f"{name}-new"})
    assert refusal(renaming) == (500, "INVALID_STATE")
    tagging = http.post("experiments/set-experiment-tag", json={"experiment_id": created, "key": "a", "value": "b"})
    assert refusal(tagging) == INVALID
    assert refusal(http.post("runs/create", json={"experiment_id": created})) == INVALID
    assert client.get_experiment_by_name(name).lifecycle_stage == "deleted"


def test_tags_are_set_replaced_and_removed(client: mlflow.MlflowClient, experiment: str) -> None:
    client.set_experiment_tag(experiment, "a", "1")
    client.set_experiment_tag(experiment, "a", "2")
    client.set_experiment_tag(experiment, "b", "")
    assert client.get_experiment(experiment).tags == {"a": "2", "b": ""}
    client.delete_experiment_tag(experiment, "a")
    assert client.get_experiment(experiment).tags == {"b": ""}
    with pytest.raises(MlflowException) as refused:
        client.delete_experiment_tag(experiment, "a")
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("tag", [{"key": "k" * 251, "value": "v"}, {"key": "k", "value": "v" * 20_001}, {"key": ""}])
def test_long_tags_are_refused_not_cut(http: httpx.Client, experiment: str, tag: dict[str, str]) -> None:
    reply = http.post("experiments/set-experiment-tag", json={"experiment_id": experiment, **tag})
    assert refusal(reply) == INVALID


def test_search_finds_by_view_filter_and_order(client: mlflow.MlflowClient, name: str) -> None:
    made = [client.create_experiment(f"{name}-{letter}", tags={"group": name}) for letter in "abc"]
    client.delete_experiment(made[2])
    mine = f"tags.group = '{name}'"

    def found(view: int, *order: str) -> list[str]:
        return [one.experiment_id for one in client.search_experiments(view, filter_string=mine, order_by=list(order))]

    assert found(ViewType.ACTIVE_ONLY) == [made[1], made[0]]
    assert found(ViewType.ALL, "name ASC") == made
    assert found(ViewType.DELETED_ONLY) == [made[2]]


def test_search_goes_page_by_page(client: mlflow.MlflowClient, name: str) -> None:
    made = [client.create_experiment(f"{name}-{at}", tags={"group": name}) for at in range(5)]
    seen: list[str] = []
    token = None
    while True:
        page = client.search_experiments(
            filter_string=f"tags.group = '{name}'", order_by=["name ASC"], max_results=2, page_token=token
        )
        seen += [one.experiment_id for one in page]
        token = page.token
        if not token:
            break
    assert seen == made


@pytest.mark.parametrize("most", [0, -1, 50_001, None, "many"])
def test_the_size_of_a_page_must_be_given_and_sane(http: httpx.Client, most: object) -> None:
    assert refusal(http.post("experiments/search", json={"max_results": most})) == INVALID


def test_search_answers_as_get_too(http: httpx.Client, experiment: str) -> None:
    sent = {"max_results": "1", "view_type": "1", "filter": f"experiment_id = '{experiment}'", "order_by": "name ASC"}
    found = http.get("experiments/search", params=sent).json()["experiments"]
    assert [one["experiment_id"] for one in found] == [experiment]


def test_refusals_have_the_words_that_programs_look_for(http: httpx.Client, experiment: str) -> None:
    def said(path: str, **sent: object) -> str:
        reply = http.post(f"experiments/{path}", json={"experiment_id": experiment, **sent})
        assert reply.is_error
        return str(reply.json()["message"])

    assert said("restore").startswith(f"No Experiment with id={experiment} exists")
    gone = said("delete-experiment-tag", key="k")
    assert gone == f"No tag with name: k in experiment with id {experiment}"
    http.post("experiments/delete", json={"experiment_id": experiment})
    inactive = f"The experiment {experiment} must be in the 'active' state. Current state is deleted."
    assert said("set-experiment-tag", key="k", value="v").startswith(inactive)
    assert said("delete").startswith(f"No Experiment with id={experiment} exists")
    assert said("update", new_name="x").startswith("Cannot rename a non-active experiment.")
    made = http.post("runs/create", json={"experiment_id": experiment})
    assert made.json()["message"].startswith(inactive)


def test_a_blank_is_a_name(client: mlflow.MlflowClient) -> None:
    made = client.create_experiment("  ")
    assert client.get_experiment_by_name("  ").experiment_id == made


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"max_results": 0}, "It must be a positive integer"),
        ({"max_results": 50_001}, "It must be at most 50000"),
        ({"page_token": "?"}, "Invalid page token, could not base64-decode"),
        ({"filter": " "}, "Invalid filter ' '. Could not be parsed."),
        ({"filter": "tags.a = 1"}, "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"),
        ({"filter": "name = 1"}, "Expected a quoted string value for attributes"),
        ({"filter": "creation_time = 'x'"}, "Expected numeric value type for numeric attribute: creation_time."),
        ({"filter": "name IS NULL"}, "IS NULL / IS NOT NULL is only supported for tags, not for"),
    ],
)
def test_a_search_that_is_refused_says_why(http: httpx.Client, asked: dict[str, object], said: str) -> None:
    reply = http.post("experiments/search", json={"max_results": 5, **asked})
    assert said in reply.json()["message"]
