"""Kills a server at any moment of deliveries, new model versions and slots, and looks for what fired twice or not.

`make durability` is the long form. A round is the start of a server and little else.
"""

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

SECONDS = 600.0
SECRET = "a secret of sixteen or more"
MANY = {"max_concurrency": 10}
AN_HOUR, PAGE = 1_000, 1_000
"""As many as a trigger may start within an hour, and as one page lists: what all rounds together cause stays below."""
BEFORE, MEANWHILE = 2, 2
ROUNDS = min(int(os.environ.get("MODELYARD_KILL_ROUNDS", "2")), AN_HOUR // (BEFORE + MEANWHILE) - 10)


def test_deliveries_versions_and_slots_fire_once_whenever_the_server_is_killed(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311
    with httpx.Client(timeout=120) as client:
        kill_in_rounds(Causes(client), chance, tmp_path)


def kill_in_rounds(causes: "Causes", chance: random.Random, tmp_path: Path) -> None:
    for _ in range(ROUNDS):
        with running_server(tmp_path) as server:
            causes.ask(server)
            causes.go_on(chance.randint(1, BEFORE))
            killer = threading.Timer(chance.uniform(0.0, 0.1), server.process.kill)
            killer.start()
            with contextlib.suppress(httpx.TransportError):
                causes.go_on(MEANWHILE)
            killer.join()
            server.process.wait()
    with running_server(tmp_path) as server:
        causes.ask(server)
        causes.check()


class Causes:
    """What starts runs, and what is known of it. `url` is that of the server of the round."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client  # one for all rounds: it takes longer to make than the server takes to answer
        self.number = 0
        self.pending = ""
        self.url = self.webhook = self.versions = self.schedule = ""

    def ask(self, server: RunningServer) -> None:
        self.url = f"{server.url}/api/v1"
        if self.webhook:
            return
        pipeline = self.post("pipelines", name="p", document=document(tasks=()).decode())["id"]
        hourly = {**MANY, "max_per_hour": AN_HOUR}
        self.webhook = self.post("triggers", name="w", kind="webhook", pipeline_id=pipeline, secret=SECRET, **hourly)[
            "id"
        ]
        self.versions = self.post("triggers", name="v", kind="model_version", pipeline_id=pipeline, **hourly)["id"]
        self.schedule = self.post("schedules", name="s", pipeline_id=pipeline, every=1, **MANY)["id"]
        self.mlflow("registered-models/create", name="m")

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(f"{self.url}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{self.url}/{path}", params={"limit": PAGE, **query}).raise_for_status().json()

    def mlflow(self, path: str, **body: Any) -> None:
        url = self.url.replace("/api/v1", f"/api/2.0/mlflow/{path}")
        self.client.post(url, json=body).raise_for_status()

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
        answer = self.client.post(f"{self.url}/triggers/{self.webhook}/webhook", content=body, headers=signed)
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
