"""The stock story: a pipeline of real steps, on a server that is killed under way."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from modelyard.sdk.client import Client
from modelyard.sdk.pipelines import PipelineRunDetail, Task
from tests.support.server import clean_environment, running_server

SECONDS = 1500.0
POLL_SECONDS = 0.2
TELLER = Path(__file__).parents[1] / "support" / "stock_teller.py"


class Outcome(msgspec.Struct):
    run_id: str
    experiment_id: str
    version: int
    gate: str
    prediction: float | None


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Two random walks: nobody can forecast these better than that they stay."""
    random = np.random.default_rng(11)
    days = pd.bdate_range("2018-01-01", periods=600)
    walks = [
        pd.DataFrame({"Date": days, "Symbol": name, "Close": 100 * np.exp(random.normal(0, 0.01, len(days)).cumsum())})
        for name in ("ONE", "TWO")
    ]
    file = tmp_path / "walks.csv"
    pd.concat(walks).to_csv(file, index=False)
    return file


def telling(url: str, prices: Path, passes: str = "yes") -> list[str]:
    return [sys.executable, str(TELLER), url, str(prices), passes]


def tell(url: str, prices: Path, passes: str = "yes") -> Outcome:
    told = subprocess.run(telling(url, prices, passes), capture_output=True, env=teller(), timeout=SECONDS, check=False)
    assert told.returncode == 0, told.stderr.decode()[-3000:]
    return msgspec.json.decode(told.stdout, type=Outcome)


def teller() -> dict[str, str]:
    return clean_environment({"PYTHONPATH": str(TELLER.parents[2])})


def details(url: str) -> list[PipelineRunDetail]:
    """Of all runs of pipelines, the newest first."""
    with Client(url) as client:
        return [client.pipelines.detail(one.id) for one in client.pipelines.runs()]


def steps(detail: PipelineRunDetail) -> list[Task]:
    return [task for task in detail.tasks if task.kind == "step"]


def test_the_stock_story_goes_on_after_a_kill_and_computes_nothing_twice(tmp_path: Path, prices: Path) -> None:
    with running_server(tmp_path) as server, (tmp_path / "told.log").open("wb") as log:
        first = subprocess.Popen(telling(server.url, prices), stdout=log, stderr=log, env=teller())
        try:
            while not (before := {task.id for one in details(server.url) for task in steps(one) if task.ended_at}):
                assert first.poll() is None, (tmp_path / "told.log").read_text()
                time.sleep(POLL_SECONDS)
            server.kill()
            assert first.wait(SECONDS) == 1, "it says that the server is gone, and does not wait for it"
        finally:
            first.kill()
            first.wait()
    with running_server(tmp_path) as server:
        outcome = tell(server.url, prices)
        assert_told(server.url, outcome, before)
        again = tell(server.url, prices, "no")
        assert (again.version, again.run_id) == (outcome.version, outcome.run_id), "nothing is registered twice"
        assert again.prediction is None, "the gate has let nothing pass"
        newest, _ = details(server.url)
        assert {task.name for task in steps(newest) if task.cached_from} == {
            "gather", "impute", "split", "train", "compare",
        }  # fmt: skip
        assert {task.name for task in steps(newest) if task.state == "SUCCEEDED"} == {"register", "gate"}
        passed = tell(server.url, prices)
        assert (passed.version, passed.run_id) == (outcome.version, outcome.run_id)
        assert passed.prediction == outcome.prediction, "what was deployed before is deployed still, and answers"
        newest, *_ = details(server.url)
        done = {task.name for task in steps(newest) if task.state == "SUCCEEDED"}
        assert done == {"register", "deploy", "ask"}, "what the gate has said of the same is known"


def assert_told(url: str, outcome: Outcome, before: set[str]) -> None:
    [detail] = details(url)
    done = {task.id: task for task in steps(detail)}
    assert {task.state for task in done.values()} == {"SUCCEEDED"}
    assert Counter(task.name for task in done.values()) == Counter(
        ["gather", "impute", "split", "train", "train", "compare", "register", "gate", "deploy", "ask"]
    )
    assert {done[task].attempt for task in before} == {0}, "what had ended before the kill was not done again"
    client = MlflowClient(url)
    runs = {run.info.run_name: run for run in client.search_runs([outcome.experiment_id])}
    parent = runs.pop("stocks")
    assert parent.data.metrics["test_mae_percent"] <= 1.01 * parent.data.metrics["naive_test_mae_percent"]
    assert runs.pop("prices of walks.csv").info.status == "FINISHED"
    assert runs.keys() == {"1 epochs", "2 epochs"}
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}
    assert {run.info.status for run in (parent, *runs.values())} == {"FINISHED"}
    history = client.get_metric_history(runs["2 epochs"].info.run_id, "validation_mae_percent")
    assert [point.step for point in history] == [1, 2]
    champion = client.get_model_version_by_alias("stocks", "champion")
    assert (int(champion.version), champion.run_id) == (outcome.version, outcome.run_id)
    assert champion.tags["against_naive"] in outcome.gate
    assert outcome.prediction is not None
