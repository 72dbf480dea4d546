"""A server with something on it: an experiment, a run with metrics, and two registered models, one of them broken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.saved_models import saved
from tests.support.server import RunningServer

EXPERIMENT = "rides"
MODEL = "linear"
BROKEN = "broken"
RUN_NAME = "first"


@dataclass(frozen=True, slots=True)
class Stocked:
    """`run_id` is the one run of `EXPERIMENT`; `models:/linear@champion` answers 2a + 3b."""

    server: RunningServer
    experiment_id: str
    run_id: str

    @property
    def url(self) -> str:
        return self.server.url


def stock(server: RunningServer) -> Stocked:
    """Puts it there through MLflow's API."""
    with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=120) as http:
        experiment_id = _post(http, "mlflow/experiments/create", name=EXPERIMENT)["experiment_id"]
        run = _post(http, "mlflow/runs/create", experiment_id=experiment_id, run_name=RUN_NAME)["run"]["info"]
        run_id = run["run_id"]
        for step, loss in enumerate((1.0, 0.5, 0.25)):
            _post(
                http, "mlflow/runs/log-metric", run_id=run_id, key="loss/train", value=loss, step=step, timestamp=step
            )
        _post(http, "mlflow/runs/log-metric", run_id=run_id, key="gap", value="NaN", timestamp=1)
        _post(http, "mlflow/runs/log-parameter", run_id=run_id, key="depth", value="3")
        _post(http, "mlflow/runs/update", run_id=run_id, status="FINISHED", end_time=run["start_time"] + 61_000)
        for model in (MODEL, BROKEN):
            register(http, model, experiment_id, run_id)
        _post(http, "mlflow/registered-models/alias", name=MODEL, alias="champion", version="1")
    return Stocked(server, experiment_id, run_id)


def register(http: httpx.Client, model: str, experiment_id: str, run_id: str) -> None:
    """Puts a saved model into the run and makes it version 1 of a registered model of that name."""
    _upload(http, saved() / model, f"{experiment_id}/{run_id}/artifacts/{model}")
    _post(http, "mlflow/registered-models/create", name=model)
    _post(http, "mlflow/model-versions/create", name=model, source=f"runs:/{run_id}/{model}", run_id=run_id)


def register_values(http: httpx.Client, name: str, values: Sequence[int]) -> None:
    """Makes versions of a model that each answer nothing but one of the values, in order."""
    _post(http, "mlflow/registered-models/create", name=name)
    for value in values:
        run_id = _post(http, "mlflow/runs/create", experiment_id="0")["run"]["info"]["run_id"]
        _upload(http, saved() / "steady", f"0/{run_id}/artifacts/model", {"value": str(value).encode()})
        _post(http, "mlflow/model-versions/create", name=name, source=f"runs:/{run_id}/model", run_id=run_id)


def _post(http: httpx.Client, path: str, **body: object) -> Mapping[str, Any]:
    answer = http.post(path, json=body)
    assert answer.is_success, answer.text
    decoded: Mapping[str, Any] = answer.json()
    return decoded


def _upload(http: httpx.Client, folder: Path, target: str, more: Mapping[str, bytes] | None = None) -> None:
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    for path, content in {**files, **(more or {})}.items():
        http.put(f"mlflow-artifacts/artifacts/{target}/{path}", content=content).raise_for_status()
