"""Kills a server at any moment of a run whose steps write into a ledger, and looks for what ran twice or not at all."""

import os
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.support.compiled import compiled, component, dsl
from tests.support.server import RunningServer, running_server

ROUNDS = int(os.environ.get("MODELYARD_KILL_ROUNDS", "4"))
STEPS = 20
SECONDS = 120.0


@component
def note(ledger: str, name: str, before: str = "") -> str:
    import os

    with open(ledger, "a") as file:
        file.write(f"begin {name}\n")
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, f"end {name}\n".encode())
    os.fsync(descriptor)
    return f"{name}<{before}" if before else name


def noted(ledger: str, name: str, before: Any = "") -> Any:
    task = note(ledger=ledger, name=name, before=before)
    task.set_display_name(name)
    return task.set_caching_options(enable_caching=False)


@dsl.pipeline(name="ledger")
def ledger_pipeline(ledger: str) -> str:
    """Five at first, then three chains, a loop, and one at the end: twenty steps."""
    heads = [noted(ledger, f"head{at}") for at in range(5)]
    tails = []
    for chain in range(3):
        before = heads[chain]
        for at in range(3):
            before = noted(ledger, f"chain{chain}.{at}", before.output)
        tails.append(before)
    with dsl.ParallelFor(["a", "b", "c", "d", "e"], parallelism=2) as item:
        note(ledger=ledger, name=item, before=heads[4].output).set_caching_options(enable_caching=False)
    return noted(ledger, "last", tails[0].output).after(*tails).output


PACKAGE = compiled(ledger_pipeline)


def call(server: RunningServer, path: str, body: Mapping[str, Any] | None = None) -> Any:
    url = f"{server.url}/apis/v2beta1/{path}"
    answer = httpx.get(url, timeout=30) if body is None else httpx.post(url, json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def test_a_killed_server_goes_on_with_its_runs_where_they_were(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    document, run_id, told = yaml.safe_load(PACKAGE), "", 0
    for round_ in range(ROUNDS + 1):
        with running_server(tmp_path) as server:
            if not run_id:
                ledger = Ledger(tmp_path / f"ledger-{round_}")
                config = {"parameters": {"ledger": str(ledger.path)}}
                asked = {"display_name": "r", "pipeline_spec": document, "runtime_config": config}
                run_id = call(server, "runs", asked)["run_id"]
            if round_ < ROUNDS:
                time.sleep(chance.uniform(0.05, 1.0))
                run = call(server, f"runs/{run_id}")
                told += ledger.finished(run)
                server.kill()
            else:
                run = until_ended(server, run_id)
        if run["state"] == "SUCCEEDED":
            ledger.check()
            run_id = ""
        else:
            assert round_ < ROUNDS, (run["state"], run.get("error"), run.get("run_details"))
    assert told, "no kill came after the end of a step"


class Ledger:
    """What steps have written, and how often those had whose end was told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.told: dict[str, int] = {}

    def counts(self) -> Counter[str]:
        return Counter(line.removeprefix("end ") for line in self.path.read_text().splitlines() if line[:4] == "end ")

    def finished(self, run: Mapping[str, Any]) -> int:
        """How many are told to have ended."""
        counts = self.counts()
        for task in run.get("run_details", {}).get("task_details", ()):
            if task["state"] == "SUCCEEDED" and task["display_name"] in counts:
                self.told.setdefault(task["display_name"], counts[task["display_name"]])
        return len(self.told)

    def check(self) -> None:
        counts = self.counts()
        assert len(counts) == STEPS, counts
        assert {name: counts[name] for name in self.told} == self.told


def until_ended(server: RunningServer, run_id: str) -> Any:
    until = time.monotonic() + SECONDS
    while (run := call(server, f"runs/{run_id}"))["state"] in ("PENDING", "RUNNING"):
        assert time.monotonic() < until, run
        time.sleep(0.05)
    return run
