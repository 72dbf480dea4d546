"""Backups taken while four clients log and register: each is one moment, with all that was answered before it began."""

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from modelyard.apps import backups, settings
from modelyard.domain.backups import Verified
from tests.support import postgres, quick_server, stories
from tests.support.command_line import run
from tests.support.stories import MODEL, Client, Shown, Step, look, script

WRITERS = 4
BACKUPS = 3
ANSWERS_BETWEEN = 60
PAUSE = 0.01
"""Of a writer after each answer, so that there is not too much to look through."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A change that was answered, when it was asked for and when answered; without a step, it made the run."""

    began: float
    ended: float
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Diary:
    """All that was done to a run."""

    run: str
    deeds: list[Deed]

    def seen(self, client: Client) -> int:
        """How many of the deeds a server knows of. Raises ValueError when what it shows is not what they made."""
        states: list[Shown | None] = [None, Shown()]
        for deed in self.deeds[1:]:
            assert deed.step is not None
            states.append(deed.step.after(states[-1] or Shown()))
        return states.index(look(client, self.run))


class Writers:
    """Clients that make run after run until they are told to end."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ending = threading.Event()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        self.diaries: list[Diary] = []
        self.refused: list[object] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def until_more(self) -> None:
        wanted = self._answers() + ANSWERS_BETWEEN
        while self._answers() < wanted and not self.refused:
            time.sleep(PAUSE)
        assert self.refused == []

    def _answers(self) -> int:
        return sum(len(diary.deeds) for diary in self.diaries)

    def _write(self) -> None:
        with Client(self._url) as client:
            while not self._ending.is_set() and not self.refused:
                began = time.monotonic()
                made = client.post("runs/create", experiment_id="0", start_time=1)["run"]["info"]["run_id"]
                diary = Diary(made, [Deed(began, time.monotonic())])
                self.diaries.append(diary)
                for step in script(100 * next(self._numbers), scrap=False):
                    self._do(client, diary, step)

    def _do(self, client: Client, diary: Diary, step: Step) -> None:
        began = time.monotonic()
        status, answer = step.do(client, diary.run)
        diary.deeds.append(Deed(began, time.monotonic(), step))
        if status != 200:
            self.refused.append((step, status, answer))
        time.sleep(PAUSE)


@dataclass(frozen=True, slots=True)
class Backup:
    """One that was taken between two times."""

    place: Path
    began: float
    ended: float

    def check(self, client: Client, diaries: Sequence[Diary]) -> None:
        there, missing = self._sorted(client, diaries)
        assert max(deed.began for deed in there) < self.ended
        assert min(deed.ended for deed in missing) > self.began, "something was answered before the backup began"
        latest, earliest = max(deed.began for deed in there), min(deed.ended for deed in missing)
        assert latest <= earliest, (
            "it is of two moments: something is there that was begun after the answer to a lost one"
        )

    @staticmethod
    def _sorted(client: Client, diaries: Sequence[Diary]) -> tuple[list[Deed], list[Deed]]:
        there, missing = list[Deed](), list[Deed]()
        for diary in diaries:
            known = diary.seen(client)
            there += diary.deeds[:known]
            missing += diary.deeds[known:]
        numbers = sorted(int(one["version"]) for one in stories.versions(client, f"name = '{MODEL}'"))
        assert numbers == list(range(1, len(numbers) + 1))
        runs = client.post("runs/search", experiment_ids=["0"], run_view_type="ALL", max_results=50_000).get("runs", ())
        assert {run["info"]["run_id"] for run in runs} <= {diary.run for diary in diaries}
        return there, missing


def command(*arguments: str) -> str:
    ended = run(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def empty_database(database_url: str) -> Callable[[], contextlib.AbstractContextManager[str]]:
    """Where to restore to; empty for a SQLite database, which lies in the data directory."""
    is_file = database_url.startswith("sqlite")
    return lambda: contextlib.nullcontext("") if is_file else postgres.fresh_database(migrated=False)


@contextlib.contextmanager
def restored(backup: Backup, data: Path, database: str) -> Iterator[Client]:
    told = json.loads((backup.place / backups.MANIFEST).read_text())
    flags = ("--database", database) if database else ()
    command("restore", str(backup.place), "--data-dir", str(data), *flags)
    found = verified(data, database)
    assert (found.problems, found.blobs) == ([], told["blobs"])
    assert len([path for path in (data / "artifacts" / "blobs").rglob("*") if path.is_file()]) == told["blobs"]
    with quick_server.running(data, database) as url, Client(url) as client:
        yield client


def verified(data: Path, database: str) -> Verified:
    return backups.verify(settings.load({"data_dir": str(data), "database": database}, {}), lambda _what, _share: None)


def test_every_backup_of_a_busy_server_is_of_one_moment(
    database_url: str, empty_database: Callable[[], contextlib.AbstractContextManager[str]], tmp_path: Path
) -> None:
    database = "" if database_url.startswith("sqlite") else database_url
    flags = ("--database", database) if database else ()
    data, taken = tmp_path / "data", list[Backup]()
    with quick_server.running(data, database) as url:
        with Client(url) as client:
            client.post("registered-models/create", name=MODEL)
        with Writers(url) as writers:
            for number in range(BACKUPS):
                writers.until_more()
                place, began = tmp_path / f"backup{number}", time.monotonic()
                command("backup", str(place), "--data-dir", str(data), *flags)
                taken.append(Backup(place, began, time.monotonic()))
            writers.until_more()
    for number, backup in enumerate(taken):
        (tmp_path / f"restored{number}").mkdir()
        with empty_database() as empty, restored(backup, tmp_path / f"restored{number}/data", empty) as client:
            backup.check(client, writers.diaries)
