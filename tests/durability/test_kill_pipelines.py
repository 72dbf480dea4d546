"""Kills servers and steps at any moment of a run whose steps write into a ledger.

Looks for what ran twice or not at all, and for processes that outlive their server.
"""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.support.compiled import compiled, component, dsl
from tests.support.conditions import await_until
from tests.support.descendants import parents_below
from tests.support.server import RunningServer, running_server

KILLS = int(os.environ.get("MODELYARD_KILL_ROUNDS", "10"))
STEPS = 20
SECONDS = 600.0
SOON = 2.0


@component
def note(ledger: str, name: str, before: str = "") -> str:
    import os
    import time

    with open(ledger, "a") as file:
        file.write(f"begin {name} {os.getpid()}\n")
    time.sleep(0.05)
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, f"end {name}\n".encode())
    os.fsync(descriptor)
    return f"{name}<{before}" if before else name


def noted(ledger: str, name: Any, before: Any = "") -> Any:
    task = note(ledger=ledger, name=name, before=before)
    if isinstance(name, str):
        task.set_display_name(name)
    task.set_retry(num_retries=1000, backoff_duration="0s")
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
        noted(ledger, item, heads[4].output)
    return noted(ledger, "last", tails[0].output).after(*tails).output


PACKAGE = compiled(ledger_pipeline)


def call(server: RunningServer, path: str, body: Mapping[str, Any] | None = None) -> Any:
    url = f"{server.url}/apis/v2beta1/{path}"
    answer = httpx.get(url, timeout=120) if body is None else httpx.post(url, json=body, timeout=120)
    answer.raise_for_status()
    return answer.json()


def test_killed_servers_and_steps_go_on_with_their_runs_where_they_were(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    document, run_id, told, runs, servers, steps = yaml.safe_load(PACKAGE), "", 0, 0, 0, 0
    while run_id or servers + steps < KILLS or not told:
        with running_server(tmp_path) as server:
            if not run_id:
                ledger = Ledger(tmp_path / f"ledger-{runs}")
                config = {"parameters": {"ledger": str(ledger.path)}}
                asked = {"display_name": "r", "pipeline_spec": document, "runtime_config": config}
                run_id = call(server, "runs", asked)["run_id"]
            if servers + steps < KILLS or not told:
                if not told and servers + steps > KILLS // 2:  # on a slow machine no step has ended by then
                    await_until(lambda: ledger.finished(call(server, f"runs/{run_id}")) > 0, SECONDS)  # noqa: B023
                time.sleep(chance.uniform(0.05, 1.0))
                steps += ledger.kill_steps(server, chance.randint(0, 10))
                run = call(server, f"runs/{run_id}")
                told += ledger.finished(run)
                left = {pid: _begun(pid) for pid in parents_below(server)}
                server.kill()
                servers += 1
                await_until(lambda: not any(at and _begun(pid) == at for pid, at in left.items()))  # noqa: B023
            else:
                run = until_ended(server, run_id)
                assert run["state"] == "SUCCEEDED", (run.get("error"), run.get("run_details"))
        if run["state"] == "SUCCEEDED":
            ledger.check()
            run_id, runs = "", runs + 1
    assert told, "no kill came after the end of a step"
    print(f"\n{servers} servers and {steps} steps killed in {runs} runs of {STEPS} steps")


class Ledger:
    """What steps have written, and how often those had whose end was told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.told: dict[str, int] = {}

    def counts(self) -> Counter[str]:
        return Counter(line.removeprefix("end ") for line in self.path.read_text().splitlines() if line[:4] == "end ")

    def under_way(self) -> dict[int, str]:
        """Steps by process, as far as they have written."""
        begun: dict[str, int] = {}
        for line in self.path.read_text().splitlines():
            verb, _, rest = line.partition(" ")
            if verb == "begin":
                name, _, pid = rest.rpartition(" ")
                begun[name] = int(pid)
            else:
                begun.pop(rest, None)
        return {pid: name for name, pid in begun.items()}

    def kill_steps(self, server: RunningServer, most: int) -> int:
        """SIGKILLs up to so many steps of the server once they have begun, as far as any do soon; how many."""
        killed: set[int] = set()
        until = time.monotonic() + SOON
        while len(killed) < most and time.monotonic() < until:
            for pid in (self.under_way().keys() & parents_below(server).keys()) - killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
            time.sleep(0.02)
        return len(killed)

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


def _begun(pid: int) -> str:
    """When a process was started, by the clock of the kernel; empty for one that is gone or only waits to be."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in "ZX" else rest[18]


def until_ended(server: RunningServer, run_id: str) -> Any:
    until = time.monotonic() + SECONDS
    while (run := call(server, f"runs/{run_id}"))["state"] in ("PENDING", "RUNNING"):
        assert time.monotonic() < until, run
        time.sleep(0.05)
    return run
