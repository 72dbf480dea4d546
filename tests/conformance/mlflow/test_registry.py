import json

import httpx
import mlflow
import pytest
from mlflow.exceptions import MlflowException

from tests.support.mlflow_errors import INVALID, MISSING, TAKEN, refusal

S3 = "s3://bucket/model"


@pytest.fixture
def model(client: mlflow.MlflowClient, name: str) -> str:
    created: str = client.create_registered_model(name).name
    return created


def test_a_model_comes_with_tags_description_and_no_versions(client: mlflow.MlflowClient, name: str) -> None:
    made = client.create_registered_model(name, tags={"team": "taxi"}, description="rides")
    assert (made.name, made.tags, made.description) == (name, {"team": "taxi"}, "rides")
    assert (made.latest_versions, made.aliases) == ([], {})
    assert made.creation_timestamp == made.last_updated_timestamp
    assert client.get_registered_model(name).description == "rides"


def test_a_name_is_taken_once(client: mlflow.MlflowClient, http: httpx.Client, model: str) -> None:
    assert refusal(http.post("registered-models/create", json={"name": model})) == TAKEN
    other = client.create_registered_model(f"{model}-other").name
    assert refusal(http.post("registered-models/rename", json={"name": other, "new_name": model})) == TAKEN


@pytest.mark.parametrize("bad", ["", " ", "a/b", "a:b", "..", None, 3])
def test_bad_names_are_refused(http: httpx.Client, bad: object) -> None:
    assert refusal(http.post("registered-models/create", json={"name": bad})) == INVALID


def test_unknown_things_are_not_found(client: mlflow.MlflowClient, http: httpx.Client, model: str, name: str) -> None:
    ghost = f"{name}-ghost"
    for path in ("registered-models/get", "registered-models/get-latest-versions"):
        assert refusal(http.get(path, params={"name": ghost})) == MISSING
    assert refusal(http.get("model-versions/get", params={"name": model, "version": "7"})) == MISSING
    assert refusal(http.get("model-versions/get", params={"name": model, "version": "x"})) == INVALID
    assert refusal(http.post("model-versions/create", json={"name": ghost, "source": S3})) == MISSING


def test_description_name_and_tags_can_be_changed(client: mlflow.MlflowClient, model: str) -> None:
    client.create_model_version(model, S3)
    client.set_registered_model_alias(model, "champion", "1")
    client.set_registered_model_tag(model, "k", "v")
    assert client.update_registered_model(model, "better").description == "better"
    client.rename_registered_model(model, f"{model}-new")
    renamed = client.get_registered_model(f"{model}-new")
    assert (renamed.name, renamed.tags, renamed.aliases) == (f"{model}-new", {"k": "v"}, {"champion": "1"})
    client.delete_registered_model_tag(renamed.name, "k")
    client.delete_registered_model_tag(renamed.name, "k")
    assert client.get_registered_model(renamed.name).tags == {}
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model(model)


def test_a_version_is_numbered_by_text(client: mlflow.MlflowClient, http: httpx.Client, model: str) -> None:
    made = client.create_model_version(model, S3, tags={"a": "b"}, description="first", run_link="http://x")
    assert (made.version, made.current_stage, made.status, made.source) == ("1", "None", "READY", S3)
    assert (made.tags, made.description, made.run_link, made.aliases) == ({"a": "b"}, "first", "http://x", [])
    shown = http.get("model-versions/get", params={"name": model, "version": "1"}).json()["model_version"]
    assert shown["version"] == "1"
    assert shown["run_id"] == ""
    assert client.get_model_version_download_uri(model, "1") == S3


def test_numbers_do_not_come_back_until_the_model_is_gone(client: mlflow.MlflowClient, model: str) -> None:
    for _ in range(2):
        client.create_model_version(model, S3)
    client.delete_model_version(model, "2")
    assert client.create_model_version(model, S3).version == "3"
    client.delete_registered_model(model)
    client.create_registered_model(model)
    assert client.create_model_version(model, S3).version == "1"


def test_a_version_can_be_described_and_tagged(client: mlflow.MlflowClient, model: str) -> None:
    client.create_model_version(model, S3)
    client.update_model_version(model, "1", "better")
    client.set_model_version_tag(model, "1", "k", "v")
    version = client.get_model_version(model, "1")
    assert (version.description, version.tags) == ("better", {"k": "v"})
    client.delete_model_version_tag(model, "1", "k")
    client.delete_model_version_tag(model, "1", "k")
    assert client.get_model_version(model, "1").tags == {}


def test_aliases_move_and_go_with_their_version(client: mlflow.MlflowClient, http: httpx.Client, model: str) -> None:
    for _ in range(2):
        client.create_model_version(model, S3)
    client.set_registered_model_alias(model, "champion", "1")
    client.set_registered_model_alias(model, "champion", "2")
    client.set_registered_model_alias(model, "best", "2")
    found = client.get_model_version_by_alias(model, "champion")
    assert (found.version, sorted(found.aliases)) == ("2", ["best", "champion"])
    client.delete_registered_model_alias(model, "best")
    client.delete_registered_model_alias(model, "best")
    client.delete_model_version(model, "2")
    assert client.get_registered_model(model).aliases == {}
    unset = http.get("registered-models/alias", params={"name": model, "alias": "champion"})
    assert refusal(unset) == INVALID
    assert client.get_model_version_by_alias(model, "latest").version == "1"


@pytest.mark.parametrize("alias", ["latest", "Latest", "v1", "V7", "a b", "a/b", "", "x" * 256])
def test_reserved_and_bad_aliases_are_refused(
    client: mlflow.MlflowClient, http: httpx.Client, model: str, alias: str
) -> None:
    client.create_model_version(model, S3)
    sent = {"name": model, "alias": alias, "version": "1"}
    assert refusal(http.post("registered-models/alias", json=sent)) == INVALID


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_stages_are_canonical_and_archive_their_own(
    client: mlflow.MlflowClient, http: httpx.Client, model: str
) -> None:
    for _ in range(3):
        client.create_model_version(model, S3)
    assert client.transition_model_version_stage(model, "1", "production").current_stage == "Production"
    client.transition_model_version_stage(model, "3", "STAGING")
    client.transition_model_version_stage(model, "2", "Production", archive_existing_versions=True)
    stages = [client.get_model_version(model, str(number)).current_stage for number in (1, 2, 3)]
    assert stages == ["Archived", "Production", "Staging"]
    latest = {version.current_stage: version.version for version in client.get_latest_versions(model)}
    assert latest == {"Archived": "1", "Production": "2", "Staging": "3"}
    assert [version.version for version in client.get_latest_versions(model, ["production"])] == ["2"]
    by_query = http.get("registered-models/get-latest-versions", params={"name": model, "stages": "Staging"}).json()
    assert [version["version"] for version in by_query["model_versions"]] == ["3"]
    for stage, archive in (("Deployed", False), ("Archived", True)):
        sent = {"name": model, "version": "1", "stage": stage, "archive_existing_versions": archive}
        assert refusal(http.post("model-versions/transition-stage", json=sent)) == INVALID


def test_models_are_searched_by_name_and_tag(client: mlflow.MlflowClient, name: str) -> None:
    client.create_registered_model(f"{name}-B", tags={"t": "1"})
    client.create_registered_model(f"{name}-a", tags={"t": "2"})

    def found(text: str, order: list[str] | None = None) -> list[str]:
        return [one.name for one in client.search_registered_models(f"name LIKE '{name}-%'{text}", order_by=order)]

    assert found("") == [f"{name}-B", f"{name}-a"]
    assert found("", ["name DESC"]) == [f"{name}-a", f"{name}-B"]
    assert found("", ["timestamp DESC"])[0] in {f"{name}-a", f"{name}-B"}
    assert found(" AND tags.t = '2'") == [f"{name}-a"]
    assert found(f" and name ilike '{name}-b'") == [f"{name}-B"]


def test_model_pages_hold_everything_once(client: mlflow.MlflowClient, name: str) -> None:
    expected = [client.create_registered_model(f"{name}-{number}").name for number in range(6)]
    text = f"name LIKE '{name}-%'"
    first = client.search_registered_models(text, max_results=3)
    second = client.search_registered_models(text, max_results=3, page_token=first.token)
    assert [one.name for one in [*first, *second]] == expected
    assert not second.token


def test_versions_are_searched_and_the_last_updated_comes_first(client: mlflow.MlflowClient, model: str) -> None:
    for number in range(3):
        client.create_model_version(model, f"s3://bucket/{number}", run_id=f"run{number}", tags={"n": str(number)})
    client.update_model_version(model, "1", "touched")

    def found(text: str, order: list[str] | None = None) -> list[str]:
        return [one.version for one in client.search_model_versions(f"name = '{model}'{text}", order_by=order)]

    assert sorted(found("")) == ["1", "2", "3"]
    assert found("", ["version_number ASC"]) == ["1", "2", "3"]
    assert found(" AND run_id IN ('run1', 'run2')", ["version_number DESC"]) == ["3", "2"]
    assert found(" AND version_number >= 3") == ["3"]
    assert found(" AND source_path LIKE '%/0'") == ["1"]
    assert found(" AND tags.n = '1'") == ["2"]


@pytest.mark.parametrize("text", ["aliases = 'x'", "current_stage = 'None'", "creation_timestamp > 1", "name ="])
def test_what_cannot_be_searched_is_refused(http: httpx.Client, text: str) -> None:
    assert refusal(http.get("model-versions/search", params={"filter": text})) == INVALID


@pytest.mark.parametrize(
    "source",
    [
        *("/etc/passwd", "file:///etc", "mlflow-artifacts:/0/elsewhere", "http://example.org/m", "s3://b/%2e%2e/x"),
        *("models:/m-unknown", "runs:/other/model", "mlflow-artifacts://host/x", "s3://b/..%252f.."),
    ],
)
def test_sources_that_lead_elsewhere_are_refused(http: httpx.Client, model: str, run: str, source: str) -> None:
    sent = {"name": model, "source": source, "run_id": run}
    assert refusal(http.post("model-versions/create", json=sent)) == INVALID


def test_a_source_among_the_runs_artifacts_is_accepted(client: mlflow.MlflowClient, model: str, run: str) -> None:
    source = f"{client.get_run(run).info.artifact_uri}/model"
    assert client.create_model_version(model, source, run_id=run).run_id == run
    assert client.create_model_version(model, f"runs:/{run}/model", run_id=run).source == f"runs:/{run}/model"


def test_a_copy_points_to_the_original_and_downloads_from_its_place(
    client: mlflow.MlflowClient, model: str, run: str
) -> None:
    source = f"{client.get_run(run).info.artifact_uri}/model"
    client.create_model_version(model, source, run_id=run)
    copy = client.copy_model_version(f"models:/{model}/1", f"{model}-copy")
    assert (copy.source, copy.run_id, copy.version) == (f"models:/{model}/1", run, "1")
    assert client.get_model_version_download_uri(copy.name, "1") == source


def test_prompts_stay_out_of_model_searches(client: mlflow.MlflowClient, http: httpx.Client, name: str) -> None:
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    assert http.post("registered-models/create", json={"name": name, "tags": tags}).status_code == 200
    assert client.search_registered_models(f"name = '{name}'") == []
    asked = f"name = '{name}' AND tags.`mlflow.prompt.is_prompt` = 'true'"
    assert [one.name for one in client.search_registered_models(asked)] == [name]


def test_deletions_read_their_names_from_the_body(http: httpx.Client, model: str) -> None:
    body = json.dumps({"name": model})
    assert http.request("DELETE", "registered-models/delete", content=body).json() == {}
    assert refusal(http.request("DELETE", "registered-models/delete", content=body)) == MISSING


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_lists_of_versions_leave_out_their_aliases(client: mlflow.MlflowClient, model: str) -> None:
    client.create_model_version(model, S3)
    client.set_registered_model_alias(model, "champion", "1")
    assert client.get_model_version(model, "1").aliases == ["champion"]
    assert client.get_model_version_by_alias(model, "champion").aliases == ["champion"]
    assert client.get_registered_model(model).aliases == {"champion": "1"}
    (latest,) = client.get_registered_model(model).latest_versions
    (found,) = client.search_model_versions(f"name = '{model}'")
    assert (latest.aliases, found.aliases, client.get_latest_versions(model)[0].aliases) == ([], [], [])


def test_a_version_does_not_name_its_logged_model(client: mlflow.MlflowClient, model: str, experiment: str) -> None:
    logged = client.create_logged_model(experiment).model_id
    made = client.create_model_version(model, f"models:/{logged}", model_id=logged)
    assert (made.model_id, client.get_model_version(model, "1").model_id) == (None, None)
    assert client.get_logged_model(logged).tags["mlflow.modelVersions"] == json.dumps([{"name": model, "version": 1}])


@pytest.mark.parametrize("stages", [["bogus"], ["None"], []])
def test_a_model_is_looked_for_before_its_stages(http: httpx.Client, name: str, stages: list[str]) -> None:
    sent = {"name": f"{name}-ghost", "stages": stages}
    assert refusal(http.post("registered-models/get-latest-versions", json=sent)) == MISSING


@pytest.mark.parametrize(
    ("archiving", "accepted"), [("true", False), (1, False), (0, False), (None, True), (True, True)]
)
def test_archiving_takes_truth_values_only(
    client: mlflow.MlflowClient, http: httpx.Client, model: str, archiving: object, *, accepted: bool
) -> None:
    client.create_model_version(model, S3)
    sent = {"name": model, "version": "1", "stage": "Staging", "archive_existing_versions": archiving}
    reply = http.post("model-versions/transition-stage", json=sent)
    assert reply.is_success if accepted else refusal(reply) == INVALID


def test_refusals_have_the_words_that_programs_look_for(http: httpx.Client, model: str, run: str) -> None:
    def said(reply: httpx.Response) -> str:
        assert reply.is_error
        return str(reply.json()["message"])

    def create(source: str) -> str:
        return said(http.post("model-versions/create", json={"name": model, "source": source, "run_id": run}))

    ghost = {"name": "ghost", "version": "1"}
    assert said(http.get("model-versions/get", params=ghost)) == "Model Version (name=ghost, version=1) not found"
    assert said(http.get("registered-models/get", params=ghost)) == "Registered Model with name=ghost not found"
    bad = {"name": model, "alias": "a b"}
    assert said(http.get("registered-models/alias", params=bad)).startswith("Invalid alias name: 'a b'.")
    assert "If supplying a source as an http, https, local file path, ftp" in create("s3://b/../x")
    assert "To use a local path as a model version source, the run_id request parameter has to be" in create("/etc")
    assert create("http://h/x").startswith("'source' cannot use the 'http' scheme: the 'http' scheme addresses a host")
