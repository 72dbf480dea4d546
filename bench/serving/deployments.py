"""Our server, and models on it."""

import sys
from pathlib import Path

import httpx

from bench.servers import Server

OURS = "modelyard"
EXPERIMENT = "0"
US = Server(
    OURS,
    [sys.executable, "-m", "modelyard", "up", "--port", "{port}", "--grpc-port", "0", "--data-dir", "{dir}/data"],
)


def upload(http: httpx.Client, model: Path) -> str:
    """Puts what MLflow saved into a run of its own; the model's address."""
    run = http.post("/api/2.0/mlflow/runs/create", json={"experiment_id": EXPERIMENT}).json()["run"]["info"]
    for file in model.rglob("*"):
        if file.is_file():
            target = f"{EXPERIMENT}/{run['run_id']}/artifacts/model/{file.relative_to(model).as_posix()}"
            http.put(f"/api/2.0/mlflow-artifacts/artifacts/{target}", content=file.read_bytes()).raise_for_status()
    return f"runs:/{run['run_id']}/model"


def deploy(http: httpx.Client, name: str, uri: str, **how: object) -> None:
    http.put(f"/api/v1/endpoints/{name}", json={"model_uri": uri, **how}).raise_for_status()
