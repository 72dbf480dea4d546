"""`make bench-serving`: the same models behind us and our peers, and what we were better by, in the documentation."""

import argparse
import json
import os
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import httpx

from bench import report
from bench.figures import Figure
from bench.load import Client, Outcome, Target, drive
from bench.servers import Running, running
from bench.serving import footprint
from bench.serving.deployments import OURS, US, deploy, upload
from bench.serving.models import FEATURES
from bench.serving.peers import peers

ENVIRONMENTS = Path(".cache/bench")
BODIES = 16
WAYS = {
    "v1": "/v1/models/model:predict",
    "v2": "/v2/models/model/infer",
    "mlflow": "/endpoints/model/invocations",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, printed only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each cell")
    parser.add_argument("--peers", default="mlflow,mlserver,kserve", help="whom to compare with")
    parser.add_argument("--models", default="logistic,forest")
    parser.add_argument("--parts", default="speed,footprint", help="which of the two tables to make")
    parser.add_argument("--more", type=int, default=10, help="models added to one to know what each takes")
    parser.add_argument("--minutes", type=int, default=60, help="a part that takes longer is given up")
    parser.add_argument("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.no_write, chosen.more = 1, 1.5, True, 3
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as directory:
        saved = Path(directory) / "models"
        subprocess.run([sys.executable, "-m", "bench.serving.models", str(saved)], check=True)
        for part in chosen.parts.split(","):
            with _bounded(chosen.minutes):
                text = _PARTS[part](saved, chosen, Path(directory))
            print(text)
            if not chosen.no_write:
                report.write(_SECTIONS[part], text)


@contextmanager
def _bounded(minutes: int) -> Iterator[None]:
    """Whatever hangs: all servers that were started are ended on the way out."""

    def give_up(*_: object) -> NoReturn:
        raise TimeoutError(f"not done after {minutes} minutes; --minutes gives it more")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60 * minutes)
    try:
        yield
    finally:
        signal.alarm(0)


def _speed(saved: Path, chosen: argparse.Namespace, work: Path) -> str:
    tables = (_table(model, _measured(model, saved, chosen, work)) for model in chosen.models.split(","))
    return _head(
        "make bench-serving", "MLServer 1.7.1 (no workers; with and without batching),\nKServe 0.21.0 (Python server), "
    ) + "".join(tables)


def _footprint(saved: Path, chosen: argparse.Namespace, work: Path) -> str:
    measured: Measured = defaultdict(list)
    model = saved / "logistic" / "mlflow"
    for round_ in range(chosen.rounds):
        print(f"footprint, round {round_ + 1}", file=sys.stderr, flush=True)
        for figure in footprint.theirs(model, ENVIRONMENTS.absolute(), work / f"mlflow-{round_}"):
            measured[figure.workload, "mlflow models serve"].append(figure)
        for figure in footprint.ours(model, work / f"us-{round_}", chosen.more):
            measured[figure.workload, OURS].append(figure)
    return _head("make bench-footprint", "") + _table("One more model", measured)


_PARTS = {"speed": _speed, "footprint": _footprint}
_SECTIONS = {"speed": "serving", "footprint": "serving footprint"}
Measured = dict[tuple[str, str], list[Figure]]


def _measured(model: str, saved: Path, chosen: argparse.Namespace, work: Path) -> Measured:
    names = [name for name in chosen.peers.split(",") if name]
    others = peers(names, saved, model, ENVIRONMENTS.absolute())
    measured: Measured = defaultdict(list)
    for round_ in range(chosen.rounds):
        for peer in others:
            print(f"{model}, round {round_ + 1}: {peer.server.label}", file=sys.stderr, flush=True)
            with running(peer.server, work / f"{model}-{peer.server.label}-{round_}".replace(" ", "-")) as up:
                for figure in _figures(up, peer.protocol, peer.path, chosen.seconds):
                    measured[figure.workload, peer.server.label].append(figure)
        print(f"{model}, round {round_ + 1}: {OURS}", file=sys.stderr, flush=True)
        with _us(saved / model / "mlflow", work / f"{model}-us-{round_}") as up:
            for protocol, path in WAYS.items():
                for figure in _figures(up, protocol, path, chosen.seconds):
                    measured[figure.workload, f"{OURS} {protocol}"].append(figure)
    return measured


@contextmanager
def _us(model: Path, directory: Path) -> Iterator[Running]:
    """Our server with the model registered and deployed, accelerated if it will be."""
    with running(US, directory) as up:
        with httpx.Client(base_url=up.url, timeout=120) as http:
            deploy(http, "model", upload(http, model))
            _until_settled(http)
        yield up


def _until_settled(http: httpx.Client) -> None:
    """Ready, and the conversion decided one way or the other."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        told = json.dumps(http.get("/api/v1/endpoints/model").json())
        if '"Ready"' in told and "accelerated" in told:
            return
        time.sleep(0.2)
    raise RuntimeError(f"the endpoint did not settle: {told}")


def _figures(up: Running, protocol: str, path: str, seconds: float) -> Iterable[Figure]:
    target = Target(up.url)
    for rows, connections in ((1, 1), (1, 16), (100, 1), (100, 16)):
        bodies = [target.post(path, json.dumps(_body(protocol, rows, seed)).encode()) for seed in range(BODIES)]
        _ask(target, bodies, connections, min(1.0, seconds / 2))
        before = up.cpu_seconds()
        outcome = _ask(target, bodies, connections, seconds)
        spent = (up.cpu_seconds() - before) / len(outcome.latencies)
        if outcome.errors:
            raise RuntimeError(f"{len(outcome.errors)} requests failed, the first with {outcome.errors[0]}")
        cell = f"{rows} row{'s' if rows > 1 else ''}, {connections} connection{'s' if connections > 1 else ''}"
        if connections > 1:
            yield Figure(cell, "requests/s", outcome.rate)
            yield Figure(f"{cell}: CPU", "ms a request", spent * 1000, "lower")
        else:
            yield Figure(f"{cell}: median", "ms", outcome.quantile(0.5) * 1000, "lower")
        yield Figure(f"{cell}: p99", "ms", outcome.quantile(0.99) * 1000, "lower")
    yield Figure("memory", "MiB", up.memory_mib(), "lower")


def _ask(target: Target, bodies: Sequence[bytes], connections: int, seconds: float) -> Outcome:
    until = time.perf_counter() + seconds

    def client(at: int) -> Client:
        while time.perf_counter() < until:
            yield bodies[at % len(bodies)]
            at += 1

    return drive(target, [client(at) for at in range(connections)])


def _body(protocol: str, rows: int, seed: int) -> object:
    draw = random.Random(seed)
    data = [[round(draw.gauss(0, 1.5), 6) for _ in range(FEATURES)] for _ in range(rows)]
    if protocol == "v1":
        return {"instances": data}
    if protocol == "mlflow":
        return {"dataframe_split": {"columns": [f"f{at}" for at in range(FEATURES)], "data": data}}
    flat = [value for row in data for value in row]
    return {"inputs": [{"name": "input-0", "shape": [rows, FEATURES], "datatype": "FP64", "data": flat}]}


def _head(command: str, others: str) -> str:
    ours, learn = version("modelyard"), version("scikit-learn")
    return (
        f"modelyard {ours}, mlflow 3.17.2, {others}scikit-learn {learn}, on {os.cpu_count()} cores;\n"
        f"Python {platform.python_version()}; medians; `{command}`, {datetime.now(UTC):%Y-%m-%d}.\n"
    )


def _table(model: str, measured: Measured) -> str:
    labels = list(dict.fromkeys(label for _, label in measured))
    theirs = [label for label in labels if not label.startswith(OURS)]
    ours = [label for label in labels if label.startswith(OURS)]
    heads = [*theirs, *ours, *(f"against {label}" for label in theirs)]
    lines = [f"\n### {model}\n", f"| cell | unit | {' | '.join(heads)} |", f"| --- | --- |{' ---: |' * len(heads)}"]
    for workload in dict.fromkeys(workload for workload, _ in measured):
        cells = {label: _median(measured[workload, label]) for label in labels}
        higher = measured[workload, labels[0]][0].better == "higher"
        best = (max if higher else min)(cells[label] for label in ours)
        ratios = [best / cells[label] if higher else cells[label] / best for label in theirs]
        shown = [*(f"{cells[label]:,.4g}" for label in (*theirs, *ours)), *(f"{ratio:,.1f}x" for ratio in ratios)]
        lines.append(f"| {workload} | {measured[workload, labels[0]][0].unit} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _median(figures: Sequence[Figure]) -> float:
    return float(statistics.median(figure.value for figure in figures))


if __name__ == "__main__":
    main()
