"""How each server is started with a model, how it is asked, and where it lives."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uv

from bench.servers import Server

HERE = Path(__file__).parent
SKLEARN = "scikit-learn==1.9.1"
ENVIRONMENTS = {
    "mlflow": ["mlflow==3.17.2", SKLEARN],
    # Without the limit MLServer 1.7.1 does not start.
    "mlserver": ["mlserver==1.7.1", "mlserver-sklearn==1.7.1", "uvloop<0.22", SKLEARN],
    "kserve": ["kserve==0.21.0", SKLEARN, "joblib"],
}
MLSERVER_SETTINGS = {"": {}, " batching": {"max_batch_size": 16, "max_batch_time": 0.005}}


@dataclass(frozen=True, slots=True)
class Peer:
    """A server with one model; `protocol` and `path` say how to ask it for a prediction."""

    server: Server
    protocol: str
    path: str


def peers(names: Sequence[str], models: Path, model: str, home: Path) -> list[Peer]:
    """Those of `names` with the model `model`; `home` keeps environments from one run to the next."""
    found = []
    for name in names:
        python = environment(home / f"serving-{name}", ENVIRONMENTS[name])
        make = {"mlflow": _mlflow, "mlserver": _mlserver, "kserve": _kserve}[name]
        found += make(python, models / model)
    return found


def environment(path: Path, wanted: Sequence[str]) -> Path:
    """The Python of an environment with these packages."""
    python, done = path / "bin" / "python", path / "wanted"
    if not done.exists() or done.read_text() != "\n".join(wanted):
        subprocess.run([uv.find_uv_bin(), "--quiet", "venv", "--clear", str(path)], check=True)
        subprocess.run([uv.find_uv_bin(), "--quiet", "pip", "install", "--python", str(python), *wanted], check=True)
        done.write_text("\n".join(wanted))
    return python


def _mlflow(python: Path, model: Path) -> list[Peer]:
    argv = [str(python), "-m", "mlflow", "models", "serve", "-m", str(model / "mlflow"), "-p", "{port}"]
    server = Server("mlflow models serve", [*argv, "--env-manager", "local"], "/ping")
    return [Peer(server, "mlflow", "/invocations")]


def _mlserver(python: Path, model: Path) -> list[Peer]:
    found = []
    for label, batching in MLSERVER_SETTINGS.items():
        folder = model / f"mlserver{label.strip()}"
        folder.mkdir(exist_ok=True)
        described = {
            "name": "model",
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": {"uri": str(model / "model.joblib")},
            **batching,
        }
        (folder / "model-settings.json").write_text(json.dumps(described))
        start = HERE / "mlserver_start.py"
        argv = [str(python), str(start), "--folder", str(folder), "--port", "{port}"]
        server = Server(f"MLServer{label}", argv, "/v2/models/model/ready")
        found.append(Peer(server, "v2", "/v2/models/model/infer"))
    return found


def _kserve(python: Path, model: Path) -> list[Peer]:
    argv = [str(python), str(HERE / "kserve_server.py"), "--path", str(model / "model.joblib"), "--http_port", "{port}"]
    return [Peer(Server("KServe", argv, "/v1/models/model"), "v1", "/v1/models/model:predict")]
