"""Many small models on one server within a stated memory: `python -m bench.serving.many --models 500 --memory 1GB`.

Each is a scikit-learn model of its own. All are deployed, then asked in a random order, and every answer is compared.
"""

import argparse
import json
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.servers import Running, Server, running

SERVER = ["-m", "modelyard", "up", "--port", "{port}", "--grpc-port", "0", "--data-dir", "{dir}/data"]
ENDPOINT = "many"
ROW = [0.5] * 10
PATIENCE = 900.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--memory", default="1GB", help="what all models may use together")
    parser.add_argument("--asked", type=int, default=100, help="requests in a random order afterwards")
    parser.add_argument("--acceleration", action="store_true", help="convert them too, one after another")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-many-") as directory:
        work = Path(directory)
        subprocess.run([sys.executable, "-m", "bench.serving.models", str(work / "models")], check=True)
        argv = [sys.executable, *SERVER, "--serving-memory", chosen.memory]
        with running(Server("modelyard", argv), work / "server") as up:
            _try(up, work / "models" / "logistic" / "mlflow", chosen)


def _try(up: Running, model: Path, chosen: argparse.Namespace) -> None:
    with httpx.Client(base_url=up.url, timeout=300) as http:
        _tell("started", up)
        begun, spent = time.monotonic(), up.cpu_seconds()
        right = list(deployed(http, model, chosen.models, accelerated=chosen.acceleration))
        until_proven(http, chosen.models)
        _tell(f"{chosen.models} models deployed in {time.monotonic() - begun:.0f} s", up)
        print(f"  {(up.cpu_seconds() - spent) / chosen.models:.2f} s of CPU each")
        order = random.Random(1).choices(range(chosen.models), k=chosen.asked)
        waits = [_asked(http, number, right[number]) for number in order]
        ordered = sorted(waits)
        _tell(f"{len(waits)} asked: median {ordered[len(waits) // 2]:.3f} s, longest {ordered[-1]:.3f} s", up)
        spent = up.cpu_seconds()
        time.sleep(10)
        print(f"  {(up.cpu_seconds() - spent) / 10:.1%} of a core when nothing is asked")


def deployed(http: httpx.Client, model: Path, count: int, *, accelerated: bool) -> Iterator[float]:
    """What each answers."""
    (file,) = (path for path in model.glob("model.*") if path.suffix == ".pkl")
    estimator = pickle.loads(file.read_bytes())  # noqa: S301 - we have just written it
    others = [path for path in model.rglob("*") if path.is_file() and path != file]
    options = {} if accelerated else {"acceleration": "off"}
    for number in range(count):
        estimator.intercept_[:] = (-1) ** number * 100.0  # another class for every other one
        estimator.coef_[0, 0] = number  # and other bytes for each
        target = f"1/models/m{number}"
        _put(http, f"{target}/{file.name}", pickle.dumps(estimator))
        for path in others:
            _put(http, f"{target}/{path.relative_to(model).as_posix()}", path.read_bytes())
        uri = f"mlflow-artifacts:/{target}"
        body = {"model_uri": uri, "options": options}
        http.put(f"/api/v1/endpoints/{ENDPOINT}/models/m{number}", json=body).raise_for_status()
        score = float(estimator.coef_[0] @ ROW + estimator.intercept_[0])
        yield float(estimator.classes_[int(score > 0)])


def _put(http: httpx.Client, path: str, content: bytes) -> None:
    http.put(f"/api/2.0/mlflow-artifacts/artifacts/{path}", content=content).raise_for_status()


def until_proven(http: httpx.Client, count: int) -> None:
    """Each has answered its probe, and those that there is room for still run."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        states = [one["status"]["state"] for one in http.get(f"/api/v1/endpoints/{ENDPOINT}").json()["revisions"]]
        if len(states) == count and set(states) <= {"Loaded", "Standby"}:
            print(f"  {states.count('Loaded')} of {count} loaded")
            return
        time.sleep(1)
    raise RuntimeError(f"after {PATIENCE:g} s, of {count} models {len(states)} are {', '.join(sorted(set(states)))}")


def _asked(http: httpx.Client, number: int, right: float) -> float:
    begun = time.monotonic()
    answer = http.post(f"/v1/models/{ENDPOINT}/m{number}:predict", content=json.dumps({"instances": [ROW]}))
    answer.raise_for_status()
    if answer.json()["predictions"] != [right]:
        raise RuntimeError(f"model {number} answered {answer.text}, not {right}")
    return time.monotonic() - begun


def _tell(what: str, up: Running) -> None:
    threads, files = (len(list(Path(f"/proc/{up.pid}/{kind}").iterdir())) for kind in ("task", "fd"))
    print(
        f"{what}: {up.memory_mib():,.0f} MiB (PSS) in all; {threads} threads and {files} files of the server",
        flush=True,
    )


if __name__ == "__main__":
    main()
