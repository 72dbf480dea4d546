import subprocess
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.support.server import RunningServer, clean_environment, command, running_server

STORY_SECONDS = 1500.0


class Outcome(msgspec.Struct):
    """What `modelyard demo --json` says."""

    experiment_id: str
    run_id: str
    model: str
    version: int
    prediction: float
    links: dict[str, str]


def telling(url: str, *arguments: str) -> list[str]:
    return command("demo", *arguments, "--url", url, "--json")


def tell(url: str, *arguments: str) -> Outcome:
    told = subprocess.run(
        telling(url, *arguments), capture_output=True, env=clean_environment(), timeout=STORY_SECONDS, check=False
    )
    assert told.returncode == 0, told.stderr.decode()[-3000:]
    outcome = msgspec.json.decode(told.stdout, type=Outcome)
    assert told.stderr.decode().split()[-1] == outcome.links["page"], "a story ends with the page to look at"
    return outcome


def runs_of(url: str, experiment_id: str) -> list[Run]:
    return list(MlflowClient(url).search_runs([experiment_id], max_results=1000))


def primary_metric(url: str, experiment_id: str) -> str:
    """What pages tell the best run by."""
    return str(MlflowClient(url).get_experiment(experiment_id).tags["mlflow.experiment.primaryMetric.name"])


def depths(runs: list[Run]) -> Counter[int]:
    parents = {run.info.run_id: run.data.tags.get("mlflow.parentRunId") for run in runs}

    def depth(run_id: str) -> int:
        parent = parents[run_id]
        return 0 if parent is None else 1 + depth(parent)

    return Counter(depth(run_id) for run_id in parents)


def test_real_rides_are_predicted_within_the_promised_error(server: RunningServer, real_rides: Path) -> None:
    outcome = tell(server.url, "taxi", "--data", str(real_rides))
    runs = {run.info.run_name: run.data.metrics for run in runs_of(server.url, outcome.experiment_id)}
    best = MlflowClient(server.url).get_run(outcome.run_id).data.metrics
    assert primary_metric(server.url, outcome.experiment_id) in best
    assert best["mae_seconds"] <= 195
    assert best["mae_seconds_random_split"] <= 180
    assert 480 <= runs["mean baseline"]["mae_seconds"] <= 530
    assert len(runs) >= 4, "three families and the baseline"
    assert 600 <= outcome.prediction <= 7200, "from JFK to Times Square in 10 minutes to 2 hours"
    champion = MlflowClient(server.url).get_model_version_by_alias(outcome.model, "champion")
    assert (champion.version, champion.run_id) == (str(outcome.version), outcome.run_id)
    assert champion.tags["parity.endpoint.rows"] == "50"
    assert float(champion.tags["parity.endpoint.largest_difference"]) <= 1e-6
    assert {name: httpx.get(link).status_code for name, link in outcome.links.items()} == {
        "page": 200,
        "experiment": 200,
        "model": 200,
        "endpoint": 405,  # it is asked by POST
    }


def test_a_bank_finds_its_leavers_and_puts_the_best_model_in_production(server: RunningServer) -> None:
    outcome = tell(server.url, "churn")
    runs = runs_of(server.url, outcome.experiment_id)
    assert depths(runs) == {0: 4, 1: 16, 2: 80}, "four families, four combinations each, five folds each"
    assert {run.info.status for run in runs} == {"FINISHED"}
    families = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert all(primary_metric(server.url, outcome.experiment_id) in run.data.metrics for run in families)
    assert max(families, key=lambda run: run.data.metrics["f1"]).info.run_id == outcome.run_id
    version = MlflowClient(server.url).get_model_version(outcome.model, str(outcome.version))
    assert version.current_stage == "Production"
    history = httpx.get(f"{server.url}/api/v1/models/{outcome.model}/history").json()["items"]
    assert [(move["before"], move["after"]) for move in history if move["version"]] == [
        ("Staging", "Production"),
        ("None", "Staging"),
    ]
    assert outcome.prediction in (0.0, 1.0)


def test_a_story_loses_nothing_when_its_server_is_killed_and_can_be_told_again(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, (tmp_path / "told.log").open("wb") as log:
        teller = subprocess.Popen(telling(server.url, "churn"), stdout=log, stderr=log, env=clean_environment())
        try:
            while len(acknowledged := finished(server.url)) < 30:
                assert teller.poll() is None, (tmp_path / "told.log").read_text()
            server.kill()
        finally:
            teller.kill()
            teller.wait()
    with running_server(tmp_path) as server:
        found = finished(server.url)
        assert {run_id: found.get(run_id) for run_id in acknowledged} == acknowledged
        outcome = tell(server.url, "churn")
        assert outcome.version == 1
        assert outcome.prediction in (0.0, 1.0)
        assert len(runs_of(server.url, outcome.experiment_id)) >= len(acknowledged) + 100


def finished(url: str) -> dict[str, tuple[dict[str, float], dict[str, str]]]:
    """Metrics and params of every finished run there is."""
    client = MlflowClient(url)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments, "attributes.status = 'FINISHED'", max_results=1000)
    return {run.info.run_id: (run.data.metrics, run.data.params) for run in runs}


def test_ten_lines_of_ordinary_mlflow_work_as_its_quickstart_says(server: RunningServer, tmp_path: Path) -> None:
    script = tmp_path / "quickstart.py"
    script.write_text(QUICKSTART, "utf-8")
    environment = clean_environment({"MLFLOW_TRACKING_URI": server.url})
    ran = subprocess.run(
        [*command()[:1], str(script)],
        capture_output=True,
        env=environment,
        cwd=tmp_path,
        timeout=STORY_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()[-3000:]
    (version,) = MlflowClient(server.url).search_model_versions("name = 'iris'")
    logged = MlflowClient(server.url).get_run(version.run_id)
    assert logged.data.params["max_iter"] == "1000"
    assert logged.data.metrics["training_accuracy_score"] > 0.9
    assert ran.stdout.decode().splitlines()[-1] == "[0 1 2]"


QUICKSTART = """
import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.set_experiment("quickstart")
mlflow.sklearn.autolog()
X, y = load_iris(return_X_y=True)
with mlflow.start_run() as run:
    LogisticRegression(max_iter=1000).fit(X, y)
mlflow.register_model(f"runs:/{run.info.run_id}/model", "iris")
model = mlflow.pyfunc.load_model("models:/iris/1")
print(model.predict(X[[0, 60, 140]]))
"""


@pytest.mark.parametrize("story", ["taxi", "churn", "stocks"])
def test_data_that_is_not_there_is_named_and_nothing_is_logged(
    server: RunningServer, tmp_path: Path, story: str
) -> None:
    told = subprocess.run(
        telling(server.url, story, "--data", str(tmp_path / "nowhere.csv")),
        capture_output=True,
        env=clean_environment(),
        timeout=STORY_SECONDS,
        check=False,
    )
    assert told.returncode == 1
    assert "nowhere.csv" in told.stderr.decode()
    assert "Traceback" not in told.stderr.decode()
    assert finished(server.url) == {}
