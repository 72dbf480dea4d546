"""Kills a server with SIGKILL, again and again, under eight clients, while it merges chunks and deletes for good.

What was answered is there, once; what was not is there whole or not at all. `make durability` is the long form.
"""

import contextlib
import http.client
import json
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from modelyard.apps import backups, settings
from tests.support import quick_server, stories
from tests.support.stories import MODEL, Client, Shown, Story, look, script

LONG = int(os.environ.get("MODELYARD_KILL_ROUNDS", "0"))
ROUNDS = {"sqlite": LONG or 4, "postgresql": LONG // 5 or 2}
PER_STORE = 20
"""Rounds on one store, before all of it is looked through and a new one is begun: each round has more to read."""

WRITERS = 8
_OTHERS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
GONE = (OSError, http.client.HTTPException)


class Ledger:
    """What all clients of a store were told."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self.versions: dict[int, str] = {}
        self.unanswered: Counter[str] = Counter()
        self.wrong: list[object] = []
        self.answers = 0
        self._numbers = iter(range(10**9))

    def write(self, url: str) -> None:
        """A client, until the server goes away."""
        with contextlib.suppress(*GONE), Client(url) as client:
            while not self.wrong:
                self._tell(client, scrap=random.random() < 0.4)  # noqa: S311

    def _tell(self, client: Client, *, scrap: bool) -> None:
        self.unanswered["run"] += 1
        made = client.post("runs/create", experiment_id="0", start_time=1)
        self.unanswered["run"] -= 1
        story = Story(made["run"]["info"]["run_id"])
        self.stories.append(story)
        for step in script(100 * next(self._numbers), scrap=scrap):
            story.tried = step
            self.unanswered[step.kind] += 1
            status, answer = step.do(client, story.run)
            self.unanswered[step.kind] -= 1
            if status != 200:
                self.wrong.append((step, status, answer))
                return
            if step.kind == "version":
                self.versions[int(json.loads(answer)["model_version"]["version"])] = story.run
            story.tried = None
            story.done.append(step)
            self.answers += 1


def empty_trash(url: str) -> None:
    """Again and again, until the server goes away."""
    with contextlib.suppress(*GONE), Client(url) as client:
        while True:
            deleted_for_good(client)
            time.sleep(random.uniform(0, 0.1))  # noqa: S311


def deleted_for_good(client: Client) -> None:
    client.post("/api/v1/gc")
    finish_jobs(client)


def finish_jobs(client: Client) -> None:
    while jobs := [one for one in client.get("/api/v1/jobs")["items"] if one["state"] != "succeeded"]:
        assert all(one["state"] in ("waiting", "running") for one in jobs), jobs
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Store:
    """A data directory with its database, and what clients were told of it."""

    data: Path
    database: str
    ledger: Ledger

    def verify(self) -> None:
        """Also of what a killed server has just left."""
        chosen = settings.load({"data_dir": str(self.data), "database": self.database}, {})
        assert backups.verify(chosen, lambda _what, _share: None).problems == []

    @contextlib.contextmanager
    def served(self) -> Iterator[Client]:
        with quick_server.running(self.data, self.database) as url, Client(url) as client:
            yield client

    def work_and_be_killed(self) -> None:
        server = quick_server.start(self.data, self.database, hasty=True)
        if random.random() < 0.2:  # noqa: S311 - while it starts, and repairs what the last kill left
            time.sleep(random.uniform(0, 0.2))  # noqa: S311
            self._end(server)
            return
        url, before = server.url(), self.ledger.answers
        clients = [threading.Thread(target=self.ledger.write, args=(url,)) for _ in range(WRITERS)]
        clients.append(threading.Thread(target=empty_trash, args=(url,)))
        for client in clients:
            client.start()
        until = time.monotonic() + quick_server.READY_SECONDS
        while self.ledger.answers == before and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 1))  # noqa: S311 - when, is what is tried
        self._end(server)
        for client in clients:
            client.join()
        assert self.ledger.wrong == []

    def _end(self, server: quick_server.QuickServer) -> None:
        """PostgreSQL carries out what the dead sent to it: also the wish to delete for good, under the next reads."""
        server.kill()
        if self.database:
            with psycopg.connect(self.database, autocommit=True) as connection:
                while connection.execute(_OTHERS).fetchall():
                    time.sleep(0.001)

    def check(self, client: Client, told: Sequence[Story]) -> list[Shown]:
        """Answers what is there of them."""
        found = []
        for story in told:
            shown = look(client, story.run)
            assert shown in story.allowed(), (story, shown)
            if shown is not None:
                found.append(shown)
        return found

    def check_counts(self, client: Client) -> None:
        """Nothing is there that nobody asked for, or twice."""
        found = stories.versions(client, f"name = '{MODEL}'")
        versions = {int(one["version"]): one["run_id"] for one in found}
        assert sorted(versions) == list(range(1, len(versions) + 1))
        assert self.ledger.versions.items() <= versions.items()
        assert len(versions) <= len(self.ledger.versions) + self.ledger.unanswered["version"]
        runs = client.post("runs/search", experiment_ids=["0"], run_view_type="ALL", max_results=50_000)
        strangers = {run["info"]["run_id"] for run in runs.get("runs", ())} - {one.run for one in self.ledger.stories}
        assert len(strangers) <= self.ledger.unanswered["run"]

    def look_through(self) -> None:
        """Everything that anybody was ever told, once the trash is empty."""
        with self.served() as client:
            deleted_for_good(client)
            shown = self.check(client, self.ledger.stories)
            assert not any(one.deleted for one in shown)
            self.check_counts(client)
        contents = {content for one in shown for content in one.files.values()}
        kept = [path for path in (self.data / "artifacts" / "blobs").rglob("*") if path.is_file()]
        assert len(kept) == len(contents) or (self.database and len(kept) > len(contents))
        assert list((self.data / "artifacts" / "uploads").iterdir()) == []
        self.verify()


@pytest.fixture
def new_store(database_url: str, tmp_path: Path) -> Callable[[], Store]:
    numbers = iter(range(1000))

    def make() -> Store:
        data = tmp_path / f"store{next(numbers)}" / "data"
        data.parent.mkdir()
        store = Store(data, "" if database_url.startswith("sqlite") else database_url, Ledger())
        with store.served() as client:
            client.post("registered-models/create", name=MODEL)
        return store

    return make


def test_what_a_server_answered_survives_being_killed(new_store: Callable[[], Store]) -> None:
    store, told = new_store(), Counter[str]()
    rounds = ROUNDS["postgresql" if store.database else "sqlite"]
    for number in range(rounds):
        before = len(store.ledger.stories)
        store.work_and_be_killed()
        store.verify()
        with store.served() as client:
            finish_jobs(client)  # the kill interrupted one
            store.check(client, store.ledger.stories[before:])
            store.check_counts(client)
        last = number == rounds - 1
        if last or (not store.database and (number + 1) % PER_STORE == 0):
            store.look_through()
            told.update(step.kind for story in store.ledger.stories for step in story.done)
            told["run"] += len(store.ledger.stories)
            if not last:
                shutil.rmtree(store.data.parent)
                store = new_store()
    print(f"{rounds} kills; answered, and found again: {dict(told)}")
