import time
from pathlib import Path
from typing import Any

import httpx
import kfp
import pytest
from kfp_server_api import ApiException

from tests.support.server import RunningServer

PATIENCE = 300.0


def made(client: kfp.Client, experiment: str, package: Path, **options: Any) -> Any:
    options.setdefault("params", {"a": 1})
    return client.create_recurring_run(experiment, "often", pipeline_package_path=str(package), **options)


def test_an_interval(client: kfp.Client, experiment: str, package: Path) -> None:
    found = made(client, experiment, package, interval_second=3600, max_concurrency=3, no_catchup=True)
    assert (found.display_name, found.status, found.no_catchup) == ("often", "ENABLED", True)
    assert (found.trigger.periodic_schedule.interval_second, found.max_concurrency) == ("3600", "3")
    assert found.runtime_config.parameters == {"a": 1}
    assert client.get_recurring_run(found.recurring_run_id) == found
    listed = client.list_recurring_runs(experiment_id=experiment)
    assert ([one.recurring_run_id for one in listed.recurring_runs], listed.total_size) == ([found.recurring_run_id], 1)


def test_a_cron_expression_has_seconds(client: kfp.Client, experiment: str, package: Path) -> None:
    found = made(client, experiment, package, cron_expression="30 0 9 * * 1-5", start_time="2030-01-01T00:00:00Z")
    schedule = found.trigger.cron_schedule
    assert (schedule.cron, schedule.start_time.isoformat()) == ("30 0 9 * * 1-5", "2030-01-01T00:00:00+00:00")


def test_it_is_switched_off_and_on_and_deleted(client: kfp.Client, experiment: str, package: Path) -> None:
    id_ = made(client, experiment, package, interval_second=3600, enabled=False).recurring_run_id
    assert client.get_recurring_run(id_).status == "DISABLED"
    client.enable_recurring_run(id_)
    assert client.get_recurring_run(id_).status == "ENABLED"
    client.disable_recurring_run(id_)
    assert client.get_recurring_run(id_).status == "DISABLED"
    client.delete_recurring_run(id_)
    with pytest.raises(ApiException) as refused:
        client.get_recurring_run(id_)
    assert refused.value.status == 404


def test_archiving_the_experiment_switches_it_off(client: kfp.Client, experiment: str, package: Path) -> None:
    id_ = made(client, experiment, package, interval_second=3600).recurring_run_id
    client.archive_experiment(experiment)
    assert client.get_recurring_run(id_).status == "DISABLED"
    with pytest.raises(ApiException) as refused:
        client.enable_recurring_run(id_)
    assert refused.value.status == 400


def test_it_starts_runs(client: kfp.Client, experiment: str, package: Path, server: RunningServer) -> None:
    id_ = made(client, experiment, package, interval_second=1).recurring_run_id
    until = time.monotonic() + PATIENCE
    while not (found := client.list_runs(experiment_id=experiment).runs):
        assert time.monotonic() < until, server.logs()
        time.sleep(0.05)
    client.delete_recurring_run(id_)
    assert found[0].recurring_run_id == id_
    assert found[0].display_name == "often-1"


@pytest.mark.parametrize(
    "options",
    [
        {"cron_expression": "now and then"},
        {"interval_second": 5, "max_concurrency": 11},
        {"interval_second": 5, "params": {"a": "many"}},
        {"interval_second": 5, "start_time": "soon"},
    ],
)
def test_what_is_no_schedule_is_refused(
    client: kfp.Client, experiment: str, package: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ApiException) as refused:
        made(client, experiment, package, **options)
    assert refused.value.status == 400


def test_numbers_may_come_as_texts(http: httpx.Client, experiment: str, pipeline: str) -> None:
    sent = {
        "displayName": "n",
        "experimentId": experiment,
        "pipelineVersionReference": {"pipelineId": pipeline},
        "runtimeConfig": {"parameters": {"a": "4"}},
        "maxConcurrency": "2",
        "mode": "ENABLE",
        "trigger": {"periodicSchedule": {"intervalSecond": "60"}},
    }
    made = http.post("recurringruns", json=sent).json()
    assert (made["max_concurrency"], made["runtime_config"]["parameters"]) == ("2", {"a": "4"})
