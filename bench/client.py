"""A client of MLflow's REST protocol: the requests that all workloads are made of."""

import json
import sys
import time
from collections.abc import Callable, Sequence

from bench.load import Client, Outcome, Session, Target, drive
from bench.servers import Running

API = "/api/2.0/mlflow"
_TOLERATED = 0.1


class Tracking:
    """Clients of one server, and an experiment of their own on it unless one is given."""

    def __init__(self, server: Running, experiment: str | None = None) -> None:
        self.server = server
        self._target = Target(server.url)
        self._session = Session(self._target)
        self.experiment = experiment or self._created()

    def _created(self) -> str:
        made = self.call(self.post("experiments/create", {"name": f"bench-{time.time_ns()}"}))
        identity: str = json.loads(made)["experiment_id"]
        return identity

    def call(self, request: bytes) -> bytes:
        return self._session.call(request)

    def post(self, path: str, body: object) -> bytes:
        return self._target.post(path if path.startswith("/") else f"{API}/{path}", body)

    def get(self, path: str) -> bytes:
        return self._target.get(path if path.startswith("/") else f"{API}/{path}")

    def new_run(self, **more: object) -> bytes:
        return self.post("runs/create", {"experiment_id": self.experiment, "start_time": now_ms(), **more})

    def drive(self, clients: Sequence[Client]) -> Outcome:
        """Some failures are a finding, told beside the table (MLflow's `database is locked`); many make it void."""
        outcome = drive(self._target, clients)
        if len(outcome.errors) > _TOLERATED * len(outcome.latencies):
            raise RuntimeError(f"{len(outcome.errors)} requests failed, the first with {outcome.errors[0]}")
        if outcome.errors:
            print(f"  {len(outcome.errors)} requests failed, the first with {outcome.errors[0]}", file=sys.stderr)
        return outcome

    def cpu_of(self, work: Callable[[], Outcome]) -> tuple[Outcome, float]:
        """What came of it, and the seconds of CPU that each request cost."""
        before = self.server.cpu_seconds()
        outcome = work()
        return outcome, (self.server.cpu_seconds() - before) / len(outcome.latencies)


def now_ms() -> int:
    return int(time.time() * 1000)


def run_id(body: bytes) -> str:
    identity: str = json.loads(body)["run"]["info"]["run_id"]
    return identity


def median_ms(work: Callable[[], object], seconds: float) -> float:
    """Of so many seconds of doing it again and again, at least three times and once before."""
    work()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < until and len(times) < 2000):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2] * 1000
