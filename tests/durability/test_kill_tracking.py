"""Kills a server and a step that has a run of mlflow open, and looks for runs that seem to go on for ever."""

from pathlib import Path

import httpx
import yaml

from tests.durability.test_kill_pipelines import call, until_ended
from tests.support.compiled import compiled, component, dsl
from tests.support.conditions import await_until
from tests.support.server import running_server

SECONDS = 600.0


@component
def train(ledger: str) -> None:
    import os
    import signal
    import time

    import mlflow

    started = mlflow.start_run()
    with open(ledger, "a+") as file:
        file.write(f"{started.info.run_id}\n")
        file.flush()
        file.seek(0)
        tries = len(file.readlines())
    if tries == 1:
        time.sleep(3600)  # until the server is killed
    if tries == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    mlflow.end_run()


@dsl.pipeline(name="trains")
def trains(ledger: str) -> None:
    train(ledger=ledger).set_retry(num_retries=1, backoff_duration="0s").set_caching_options(enable_caching=False)


def test_a_run_of_mlflow_ends_with_the_try_that_had_it_open(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.touch()
    asked = {
        "display_name": "r",
        "pipeline_spec": yaml.safe_load(compiled(trains)),
        "runtime_config": {"parameters": {"ledger": str(ledger)}},
    }
    with running_server(tmp_path) as server:
        run_id = call(server, "runs", asked)["run_id"]
        await_until(lambda: ledger.stat().st_size > 0, SECONDS)
        server.kill()
    with running_server(tmp_path) as server:
        assert until_ended(server, run_id)["state"] == "SUCCEEDED"
        url = f"{server.url}/api/2.0/mlflow/runs/get"
        runs = ledger.read_text().split()
        found = [httpx.get(url, params={"run_id": one}).json()["run"]["info"] for one in runs]
    assert [one["status"] for one in found] == ["KILLED", "FAILED", "FINISHED"]
    assert all(one["end_time"] >= one["start_time"] for one in found)
