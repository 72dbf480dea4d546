"""A disk that refuses the first write, or the second, or any of the first 200: of database, log, checksums or contents.

Whoever writes then is told so in the protocol's form, reads go on, nothing that was acknowledged is lost, and when the
disk works again the server does too, without a restart. MODELYARD_KILL_ROUNDS tries all 200, else some.
"""

import errno
import json
import os
from pathlib import Path

import pytest

from modelyard.apps import backups, settings
from tests.support import quick_server
from tests.support.failing_disk import Switch, supported
from tests.support.stories import MODEL, Client, Story, look, script

pytestmark = pytest.mark.skipif(not supported(), reason="SQLite is built into this Python, where no write can be met")

LAST = 200
STEP = 1 if "MODELYARD_KILL_ROUNDS" in os.environ else 19
REFUSALS = {
    errno.ENOSPC: {(507, "RESOURCE_EXHAUSTED"), (503, "TEMPORARILY_UNAVAILABLE")},  # a sync that fails tells no cause
    errno.EIO: {(503, "TEMPORARILY_UNAVAILABLE")},
}


@pytest.fixture
def switch(tmp_path: Path) -> Path:
    path = tmp_path / "switch"
    Switch(path)
    return path


class Writer:
    """One client that goes from step to step, and repeats the one that was refused."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.stories: list[Story] = []
        self._steps = iter(script(0, scrap=False))

    def until_refused(self, error: int) -> int:
        """How many requests were answered with success before one was refused."""
        for count in range(10 * LAST):
            if not self._ask(error):
                return count
        raise AssertionError("nothing was refused")

    def once_more(self, error: int) -> None:
        """What was refused is refused again; what is read is as it was."""
        assert not self._ask(error)
        self.check()

    def go_on(self) -> None:
        """What was refused is taken now, and what comes next too."""
        for _ in range(3):
            assert self._ask(0)
        self.check()

    def check(self) -> None:
        if self.stories:
            story = self.stories[-1]
            assert look(self._client, story.run) == story.allowed()[0]

    def _ask(self, error: int) -> bool:
        step = self.stories[-1].tried if self.stories else None
        step = step or next(self._steps, None)
        if step is None or not self.stories:
            return self._begin(error)
        story = self.stories[-1]
        story.tried = step
        status, answer = step.do(self._client, story.run)
        if _taken(status, answer, error):
            story.done.append(step)
            story.tried = None
            return True
        return False

    def _begin(self, error: int) -> bool:
        status, answer = self._client.ask("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})
        if not _taken(status, answer, error):
            return False
        self._steps = iter(script(100 * len(self.stories), scrap=False))
        self.stories.append(Story(json.loads(answer)["run"]["info"]["run_id"]))
        return True


def _taken(status: int, answer: bytes, error: int) -> bool:
    if status == 200:
        return True
    told = json.loads(answer)
    assert (status, told["error_code"]) in REFUSALS.get(error, set()), (status, told)
    assert told["message"]
    return False


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
def test_any_write_may_fail(tmp_path: Path, switch: Path, error: int) -> None:
    server = quick_server.start(tmp_path / "data", hasty=True, switch=switch)
    disk, before = Switch(switch), 0
    with Client(server.url()) as client:
        client.post("registered-models/create", name=MODEL)
        writer = Writer(client)
        for nth in range(1, LAST + 1, STEP):
            disk.fail(nth, error)
            before += writer.until_refused(error)
            writer.once_more(error)
            assert disk.failed >= 2
            disk.heal()
            writer.go_on()
    assert before > 0
    server.kill()
    with quick_server.running(tmp_path / "data") as url, Client(url) as client:
        for story in writer.stories:
            assert look(client, story.run) == story.allowed()[0]
    verify(tmp_path / "data")


def verify(data: Path) -> None:
    assert backups.verify(settings.load({"data_dir": str(data)}, {}), lambda _what, _share: None).problems == []


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
@pytest.mark.parametrize("new", [True, False], ids=["new", "old"])
def test_a_start_on_a_disk_that_fails_is_refused_in_a_sentence_or_comes_up(
    tmp_path: Path,
    switch: Path,
    error: int,
    new: bool,  # noqa: FBT001
) -> None:
    data, disk = tmp_path / "data", Switch(switch)
    if not new:
        killed_with_a_log(data)
    for nth in range(1, LAST + 1, 5 * STEP):
        disk.fail(nth, error)
        server = quick_server.start(data, switch=switch)
        if url := server.url_unless_refused():
            with Client(url) as client:
                client.get("/api/2.0/mlflow/experiments/get?experiment_id=0")
            server.kill()
        disk.heal()
        if data.exists():
            verify_after_a_start(data)
    verify_after_a_start(data)


def killed_with_a_log(data: Path) -> None:
    server = quick_server.start(data)
    with Client(server.url()) as client:
        for number in range(50):
            client.post("experiments/create", name=f"e{number}")
    server.kill()


def verify_after_a_start(data: Path) -> None:
    with quick_server.running(data) as url, Client(url) as client:
        client.get("/api/2.0/mlflow/experiments/get?experiment_id=0")
    verify(data)
