"""What training does: logging points one by one and in batches, and short runs."""

import json
import random
import time
from collections.abc import Callable, Iterator

from bench.client import Tracking, now_ms, run_id
from bench.figures import Figure, lower
from bench.load import Client


def figures(tracking: Tracking, seconds: float) -> Iterator[Figure]:
    yield from _log_metric(tracking, seconds, 16)
    yield from _log_batch(tracking, seconds, 8)
    yield _short_run(tracking, seconds, 8)


def _until(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() < end


def _log_metric(tracking: Tracking, seconds: float, clients: int) -> Iterator[Figure]:
    going = _until(seconds)

    def client() -> Client:
        run = run_id((yield tracking.new_run()))
        step = 0
        while going():
            point = {"run_id": run, "key": "loss", "value": random.random(), "timestamp": now_ms(), "step": step}
            yield tracking.post("runs/log-metric", point)
            step += 1

    outcome, spent = tracking.cpu_of(lambda: tracking.drive([client() for _ in range(clients)]))
    yield Figure(f"log-metric, {clients} clients", "requests/s", outcome.rate)
    yield lower("CPU of a log-metric", "ms", spent * 1000)


def _log_batch(tracking: Tracking, seconds: float, clients: int) -> Iterator[Figure]:
    going = _until(seconds)
    blocks = [
        [
            {"key": f"metric_{key}", "value": random.random(), "timestamp": now_ms() + step, "step": step}
            for step in range(block * 100, block * 100 + 100)
            for key in range(10)
        ]
        for block in range(20)
    ]
    bodies = [json.dumps({"run_id": "R" * 32, "metrics": block}, separators=(",", ":")).encode() for block in blocks]

    def client() -> Client:
        while going():
            run = run_id((yield tracking.new_run())).encode()
            for body in bodies:
                yield tracking.post("runs/log-batch", body.replace(b"R" * 32, run))

    outcome, spent = tracking.cpu_of(lambda: tracking.drive([client() for _ in range(clients)]))
    share = len(bodies) / (len(bodies) + 1)
    yield Figure(f"log-batch of 1,000 points, {clients} clients", "points/s", outcome.rate * share * 1000)
    yield lower("CPU of 1,000 points", "ms", spent / share * 1000)


def _short_run(tracking: Tracking, seconds: float, clients: int) -> Figure:
    going = _until(seconds)
    params = [{"key": f"p{at}", "value": f"value-{at}"} for at in range(10)]

    def client() -> Client:
        while going():
            run = run_id((yield tracking.new_run()))
            yield tracking.post("runs/log-batch", {"run_id": run, "params": params})
            yield tracking.post("runs/log-batch", {"run_id": run, "tags": params})
            metrics = [{"key": f"m{at}", "value": at, "timestamp": now_ms(), "step": 0} for at in range(10)]
            yield tracking.post("runs/log-batch", {"run_id": run, "metrics": metrics})
            yield tracking.post("runs/update", {"run_id": run, "status": "FINISHED", "end_time": now_ms()})

    outcome = tracking.drive([client() for _ in range(clients)])
    return Figure(f"short run (create, 30 values, finish), {clients} clients", "runs/s", outcome.rate / 5)
