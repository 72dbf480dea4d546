"""Kills a server at any moment of deliveries, new model versions and slots, and looks for what fired twice or not."""

import contextlib
import json
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from modelyard.formats import webhook_signatures
from tests.support.pipelines import document
from tests.support.server import RunningServer, running_server

ROUNDS = int(os.environ.get("MODELYARD_KILL_ROUNDS", "2"))
SECONDS = 600.0
SECRET = "a secret of sixteen or more"
MANY = {"max_concurrency": 10}


def test_deliveries_versions_and_slots_fire_once_whenever_the_server_is_killed(tmp_path: Path) -> None:
    chance, causes = random.Random(3), Causes()  # noqa: S311
    for _ in range(ROUNDS):
        with running_server(tmp_path) as server:
            causes.ask(server)
            causes.go_on(chance.randint(1, 8))
            killer = threading.Timer(chance.uniform(0.0, 0.05), server.process.kill)
            killer.start()
            with contextlib.suppress(httpx.TransportError):
                causes.go_on(1_000)
            killer.join()
            server.process.wait()
    with running_server(tmp_path) as server:
        causes.ask(server)
        causes.check()


class Causes:
    """What starts runs, and what is known of it. `url` is that of the server of the round."""

    def __init__(self) -> None:
        self.number = 0
        self.pending = ""
        self.url = self.webhook = self.versions = self.schedule = ""

    def ask(self, server: RunningServer) -> None:
        self.url = f"{server.url}/api/v1"
        if self.webhook:
            return
        pipeline = self.post("pipelines", name="p", document=document(tasks=()).decode())["id"]
        hourly = {**MANY, "max_per_hour": 1000}
        self.webhook = self.post("triggers", name="w", kind="webhook", pipeline_id=pipeline, secret=SECRET, **hourly)[
            "id"
        ]
        self.versions = self.post("triggers", name="v", kind="model_version", pipeline_id=pipeline, **hourly)["id"]
        self.schedule = self.post("schedules", name="s", pipeline_id=pipeline, every=1, **MANY)["id"]
        self.mlflow("registered-models/create", name="m")

    def post(self, path: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.url}/{path}", json=body, timeout=120)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        return httpx.get(f"{self.url}/{path}", params={"limit": 1000, **query}, timeout=120).raise_for_status().json()

    def mlflow(self, path: str, **body: Any) -> None:
        url = self.url.replace("/api/v1", f"/api/2.0/mlflow/{path}")
        httpx.post(url, json=body, timeout=120).raise_for_status()

    def go_on(self, times: int) -> None:
        for _ in range(times):
            self.deliver()
            self.mlflow("model-versions/create", name="m", source="s3://bucket/m")

    def deliver(self) -> None:
        """A sender sends again, under the same id, what was not answered."""
        if not self.pending:
            self.number += 1
            self.pending = f"delivery {self.number}"
        body = json.dumps({"number": self.number}).encode()
        signed = webhook_signatures.headers(self.pending, int(time.time()), body, SECRET)
        answer = httpx.post(f"{self.url}/triggers/{self.webhook}/webhook", content=body, headers=signed, timeout=120)
        assert answer.status_code in (200, 409), answer.text  # 409: it had come, within this second
        self.pending = ""

    def check(self) -> None:
        if self.pending:
            self.deliver()
        self.post(f"schedules/{self.schedule}/disable")
        versions = self.get("models/m/versions")["items"]
        expected = {self.webhook: self.number, self.versions: len(versions)}
        assert min(expected.values()) > 0
        for trigger, count in expected.items():
            firings = self.settled(trigger, count)
            assert Counter(one["state"] for one in firings) == {"STARTED": count}
            assert len({one["said"] for one in firings}) == count
            runs = self.get("pipeline-runs", trigger_id=trigger)["items"]
            assert {one["id"] for one in runs} == {one["run_id"] for one in firings}
            assert len(runs) == count
        slots = sorted(run["scheduled_at"] for run in self.get("pipeline-runs", schedule_id=self.schedule)["items"])
        assert slots == [slots[0] + 1000 * at for at in range(len(slots))]

    def settled(self, trigger: str, count: int) -> list[dict[str, Any]]:
        until = time.monotonic() + SECONDS
        while True:
            found: list[dict[str, Any]] = self.get(f"triggers/{trigger}/firings")["items"]
            if len(found) >= count and not any(one["state"] == "WAITING" for one in found):
                return found
            assert time.monotonic() < until, (len(found), count)
            time.sleep(0.1)
