import kfp
import pytest
from kfp_server_api import ApiException
from mlflow import MlflowClient

from tests.support.kfp_filters import predicate
from tests.support.server import RunningServer


def test_an_experiment_is_made_once(client: kfp.Client, name: str) -> None:
    made = client.create_experiment(name, description="tried")
    assert (made.display_name, made.description, made.storage_state) == (name, "tried", "AVAILABLE")
    assert client.create_experiment(name).experiment_id == made.experiment_id
    assert client.get_experiment(experiment_name=name).experiment_id == made.experiment_id


def test_it_is_the_experiment_of_tracking(client: kfp.Client, server: RunningServer, name: str) -> None:
    tracking = MlflowClient(server.url)
    tracked = tracking.create_experiment(name)
    assert client.get_experiment(experiment_name=name).experiment_id == tracked
    made = client.create_experiment(f"{name}-2", description="told")
    assert tracking.get_experiment_by_name(f"{name}-2").experiment_id == made.experiment_id
    assert tracking.get_experiment(made.experiment_id).tags["mlflow.note.content"] == "told"


def test_archived_it_can_be_told_from_others(client: kfp.Client, experiment: str) -> None:
    client.archive_experiment(experiment)
    assert client.get_experiment(experiment).storage_state == "ARCHIVED"
    archived = client.list_experiments(page_size=100, filter=predicate("storage_state", 1, string_value="ARCHIVED"))
    assert experiment in [one.experiment_id for one in archived.experiments]
    client.unarchive_experiment(experiment)
    assert client.get_experiment(experiment).storage_state == "AVAILABLE"


def test_deleted_it_is_gone_and_its_name_is_free(client: kfp.Client, name: str) -> None:
    made = client.create_experiment(name)
    client.delete_experiment(made.experiment_id)
    with pytest.raises(ApiException) as refused:
        client.get_experiment(made.experiment_id)
    assert refused.value.status == 404
    assert client.create_experiment(name).experiment_id != made.experiment_id


def test_lists_are_sorted_and_paged(client: kfp.Client, name: str) -> None:
    for number in (2, 1, 3):
        client.create_experiment(f"{name}-{number}")
    mine = predicate("display_name", "IS_SUBSTRING", stringValue=f"{name}-")
    first = client.list_experiments(page_size=2, sort_by="display_name desc", filter=mine)
    assert [one.display_name for one in first.experiments] == [f"{name}-3", f"{name}-2"]
    assert first.total_size == 3
    last = client.list_experiments(page_token=first.next_page_token, page_size=2)
    assert ([one.display_name for one in last.experiments], last.next_page_token) == ([f"{name}-1"], None)


@pytest.mark.parametrize("unknown", ["999999", "no-number"])
def test_an_unknown_one_is_not_found(client: kfp.Client, unknown: str) -> None:
    with pytest.raises(ApiException) as refused:
        client.get_experiment(unknown)
    assert refused.value.status == 404
