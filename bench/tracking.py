"""What clients of a tracking server do, over MLflow's REST protocol."""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.load import Client, Outcome, Target, call, drive
from bench.servers import Running

API = "/api/2.0/mlflow"
_TOLERATED = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `better` says which way is good."""

    workload: str
    unit: str
    value: float
    better: str = "higher"


def now_ms() -> int:
    return int(time.time() * 1000)


class Tracking:
    """The workloads against one server, on an experiment of their own."""

    def __init__(self, server: Running, seconds: float) -> None:
        self._server = server
        self._target = Target(server.url)
        self._seconds = seconds
        self._experiment = self._post("experiments/create", {"name": f"bench-{now_ms()}"})["experiment_id"]

    def figures(self, runs: int, points: int) -> Iterator[Figure]:
        yield from self._log_metric(16)
        yield from self._log_batch(8)
        yield self._short_run(8)
        yield self._history(points)
        self._fill(runs)
        newest = {"order_by": ["attribute.start_time DESC"], "max_results": 100}
        yield self._search(f"search: newest 100 of {runs} runs", newest)
        chosen = {"filter": "metrics.m3 > 0.9 and params.p2 = 'v5'", "order_by": ["metric.m1 DESC"], "max_results": 100}
        yield self._search(f"search: filter and order by metric, {runs} runs", chosen)

    def _post(self, path: str, body: object) -> dict[str, str]:
        answer: dict[str, str] = json.loads(call(self._target, self._request(path, body)))
        return answer

    def _request(self, path: str, body: object) -> bytes:
        return self._target.post(f"{API}/{path}", body)

    def _new_run(self) -> bytes:
        return self._request("runs/create", {"experiment_id": self._experiment, "start_time": now_ms()})

    def _until(self) -> Callable[[], bool]:
        end = time.perf_counter() + self._seconds
        return lambda: time.perf_counter() < end

    def _log_metric(self, clients: int) -> Iterator[Figure]:
        going = self._until()

        def client() -> Client:
            run = _run_id((yield self._new_run()))
            step = 0
            while going():
                point = {"run_id": run, "key": "loss", "value": random.random(), "timestamp": now_ms(), "step": step}
                yield self._request("runs/log-metric", point)
                step += 1

        before = self._server.cpu_seconds()
        outcome = _checked(drive(self._target, [client() for _ in range(clients)]))
        yield Figure(f"log-metric, {clients} clients", "requests/s", outcome.rate)
        spent = (self._server.cpu_seconds() - before) / len(outcome.latencies)
        yield Figure("CPU of a log-metric", "ms", spent * 1000, "lower")

    def _log_batch(self, clients: int) -> Iterator[Figure]:
        going = self._until()
        base = now_ms()
        blocks = [
            [
                {"key": f"metric_{key}", "value": random.random(), "timestamp": base + step, "step": step}
                for step in range(block * 100, block * 100 + 100)
                for key in range(10)
            ]
            for block in range(20)
        ]
        bodies = [
            json.dumps({"run_id": "R" * 32, "metrics": block}, separators=(",", ":")).encode() for block in blocks
        ]

        def client() -> Client:
            while going():
                run = _run_id((yield self._new_run())).encode()
                for body in bodies:
                    yield self._request("runs/log-batch", body.replace(b"R" * 32, run))

        before = self._server.cpu_seconds()
        outcome = _checked(drive(self._target, [client() for _ in range(clients)]))
        share = len(bodies) / (len(bodies) + 1)
        yield Figure(f"log-batch of 1,000 points, {clients} clients", "points/s", outcome.rate * share * 1000)
        spent = (self._server.cpu_seconds() - before) / (len(outcome.latencies) * share)
        yield Figure("CPU of 1,000 points", "ms", spent * 1000, "lower")

    def _short_run(self, clients: int) -> Figure:
        going = self._until()
        params = [{"key": f"p{at}", "value": f"value-{at}"} for at in range(10)]

        def client() -> Client:
            while going():
                run = _run_id((yield self._new_run()))
                yield self._request("runs/log-batch", {"run_id": run, "params": params})
                yield self._request("runs/log-batch", {"run_id": run, "tags": params})
                metrics = [{"key": f"m{at}", "value": at, "timestamp": now_ms(), "step": 0} for at in range(10)]
                yield self._request("runs/log-batch", {"run_id": run, "metrics": metrics})
                yield self._request("runs/update", {"run_id": run, "status": "FINISHED", "end_time": now_ms()})

        outcome = _checked(drive(self._target, [client() for _ in range(clients)]))
        return Figure(f"short run (create, 30 values, finish), {clients} clients", "runs/s", outcome.rate / 5)

    def _history(self, points: int) -> Figure:
        run = _run_id(call(self._target, self._new_run()))
        base = now_ms()
        for first in range(0, points, 1000):
            steps = range(first, min(points, first + 1000))
            metrics = [{"key": "loss", "value": random.random(), "timestamp": base + at, "step": at} for at in steps]
            self._post("runs/log-batch", {"run_id": run, "metrics": metrics})

        def read() -> None:
            token, got = "", 0
            while True:
                page = json.loads(call(self._target, self._target.get(_history_path(run, token))))
                got += len(page["metrics"])
                token = page.get("next_page_token") or ""
                if not token:
                    break
            if got != points:
                raise RuntimeError(f"{got} of {points} points came back")

        return Figure(f"read {points} points of one series", "ms", _median_ms(read, self._seconds), "lower")

    def _fill(self, runs: int) -> None:
        left = list(range(runs))
        base, rng = now_ms(), random.Random(7)

        def client() -> Client:
            while left:
                at = left.pop()
                new = {"experiment_id": self._experiment, "start_time": base + at, "run_name": f"run-{at}"}
                run = _run_id((yield self._request("runs/create", new)))
                params = [{"key": f"p{key}", "value": f"v{rng.randrange(10)}"} for key in range(10)]
                metrics = [{"key": f"m{key}", "value": rng.random(), "timestamp": base, "step": 0} for key in range(10)]
                yield self._request("runs/log-batch", {"run_id": run, "params": params, "metrics": metrics})

        _checked(drive(self._target, [client() for _ in range(8)]))

    def _search(self, workload: str, query: dict[str, object]) -> Figure:
        request = self._request("runs/search", {"experiment_ids": [self._experiment], **query})
        return Figure(workload, "ms", _median_ms(lambda: call(self._target, request), self._seconds), "lower")


def _history_path(run: str, token: str) -> str:
    paging = f"&page_token={token}" if token else ""
    return f"{API}/metrics/get-history?run_id={run}&metric_key=loss&max_results=25000{paging}"


def _run_id(body: bytes) -> str:
    run_id: str = json.loads(body)["run"]["info"]["run_id"]
    return run_id


def _checked(outcome: Outcome) -> Outcome:
    """Some failures are a finding, told beside the table (MLflow's `database is locked`); many make a figure void."""
    if len(outcome.errors) > _TOLERATED * len(outcome.latencies):
        raise RuntimeError(f"{len(outcome.errors)} requests failed, the first with {outcome.errors[0]}")
    if outcome.errors:
        print(f"  {len(outcome.errors)} requests failed, the first with {outcome.errors[0]}", file=sys.stderr)
    return outcome


def _median_ms(work: Callable[[], object], seconds: float) -> float:
    work()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < until and len(times) < 500):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2] * 1000
