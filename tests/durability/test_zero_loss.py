"""Everything that may happen to an endpoint happens to one under load, and no request is lost.

`make zero-loss` is the long form: 50 swaps under 16 connections. It prints the table of docs/explanation/endpoints.md.
"""

import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from modelyard.domain.deployments import Deployment
from modelyard.domain.errors import InvalidState
from modelyard.domain.rollouts import Guard, Plan, Strategy
from modelyard.domain.serving_options import ServingOptions, Switch
from modelyard.sdk.client import Client
from modelyard.sdk.endpoints import Endpoint
from tests.support.descendants import replicas_of
from tests.support.load import Load
from tests.support.server import RunningServer, running_server
from tests.support.stocked import BROKEN, register_values, stock

SWAPS = int(os.environ.get("MODELYARD_SWAPS", "2"))
KILLS = max(1, SWAPS // 10)
VERSIONS = 3
NAME = "steady"
SERVED = ServingOptions(acceleration=Switch.OFF)  # it shall be answered by processes, which can be killed
GROWTH = 1.2
"""The server may be larger by a fifth after the second half of the swaps than after the first."""
PATIENCE = 300.0
RETRIED = re.compile(r"^modelyard_predictions_retried_total\{.*\} (\S+)$", re.MULTILINE)


@dataclass
class Diary:
    """A row of the table for each thing that was done, told where there is much to tell."""

    server: RunningServer
    load: Load
    say: Callable[[str], None]
    answers: int = 0
    retried: int = 0

    def note(self, done: str) -> None:
        answers, retried = self.load.answers.total(), self._retried()
        failed = len(self.load.failures)
        row = (done, answers - self.answers, failed, retried - self.retried, f"{self.load.slowest:.2f} s", self._size())
        self.say("| " + " | ".join(map(str, row)) + " |")
        self.answers, self.retried, self.load.slowest = answers, retried, 0.0

    def _retried(self) -> int:
        """Of revisions that are still there: the others' counts have left with them."""
        if self.server.process.poll() is not None:
            return self.retried
        found = RETRIED.findall(httpx.get(f"{self.server.url}/metrics", timeout=120).text)
        return max(self.retried, round(sum(map(float, found))))

    def _size(self) -> str:
        return "" if self.server.process.poll() is not None else f"{resident(self.server.process.pid) >> 20} MiB"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Shows progress where there is much of it to show."""

    def tell(text: str) -> None:
        if SWAPS > 2:
            with capsys.disabled():
                print(text, flush=True)

    return tell


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def shares(endpoint: Endpoint) -> dict[int, int]:
    return {one.number: one.status.traffic for one in endpoint.revisions if one.status.traffic}


def swap_again_and_again(server: RunningServer, client: Client, load: Load, diary: Diary) -> None:
    sizes = []
    for number, version in zip(range(SWAPS), cycle(range(1, VERSIONS + 1)), strict=False):
        swapped = client.deploy(f"models:/{NAME}/{version}", NAME, how=Deployment(SERVED))
        assert shares(swapped) == {swapped.revision.number: 100}
        load.more(50)
        sizes.append(resident(server.process.pid))
        if number + 1 in {SWAPS // 5, SWAPS}:
            diary.note(f"{number + 1} swaps so far")
    if SWAPS >= 10:
        assert sizes[-1] < GROWTH * sizes[len(sizes) // 2], sizes
    until(lambda: len(replicas_of(server)) <= 3)


def roll_out_and_back(client: Client, load: Load, diary: Diary) -> None:
    stable = client.endpoint(NAME).revision.number
    canary = client.deploy(f"models:/{NAME}/1", NAME, how=Deployment(SERVED, Strategy(canary=10))).revision.number
    for share in (50, 90, 20):
        client.shift(NAME, {stable: 100 - share, canary: share})
        load.more(50)
    assert shares(client.promote(NAME)) == {canary: 100}
    load.more(50)
    assert shares(client.roll_back(NAME)) == {stable: 100}
    load.more(50)
    plan = Strategy(plan=Plan((25, 75, 100), 0.5), guard=Guard(latency_ms=60_000.0))
    climbing = client.deploy(f"models:/{NAME}/2", NAME, how=Deployment(SERVED, plan)).revision.number
    until(lambda: shares(client.endpoint(NAME)) == {climbing: 100})
    load.more(50)
    diary.note("two canaries: 10, 50, 90, 20 %, promoted, rolled back; and by a plan to 100 %")


def break_it(client: Client, load: Load, diary: Diary) -> None:
    for strategy in (Strategy(), Strategy(canary=50)):
        with pytest.raises(InvalidState, match=BROKEN):
            client.deploy(f"models:/{BROKEN}/1", NAME, how=Deployment(SERVED, strategy))
        load.more(50)
        client.roll_back(NAME)
    load.more(50)
    diary.note("a version that cannot be loaded, twice, once as a canary")


def kill_replicas(server: RunningServer, client: Client, load: Load, diary: Diary) -> None:
    for _ in range(KILLS):
        wanted = client.endpoint(NAME).status.restarts + 1
        for victim in replicas_of(server):
            os.kill(victim, signal.SIGKILL)
        until(lambda wanted=wanted: client.endpoint(NAME).status.restarts >= wanted)  # type: ignore[misc]
        until(lambda: client.endpoint(NAME).ready)
        load.more(100)
    diary.note(f"SIGKILL to all replicas, {KILLS} times")


def test_nothing_is_lost_whatever_is_done_to_an_endpoint(tmp_path: Path, say: Callable[[str], None]) -> None:
    with running_server(tmp_path) as server, Client(server.url) as client:
        stock(server)
        with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=120) as http:
            register_values(http, NAME, range(1, VERSIONS + 1))
        client.deploy(f"models:/{NAME}/1", NAME, how=Deployment(SERVED))
        with Load(server.url, NAME) as load:
            diary = Diary(server, load, say)
            diary.note("the start")
            swap_again_and_again(server, client, load, diary)
            roll_out_and_back(client, load, diary)
            break_it(client, load, diary)
            kill_replicas(server, client, load, diary)
            load.more(100)
            server.process.send_signal(signal.SIGTERM)
            load.until_all_left()
            assert server.process.wait(PATIENCE) == 0
            diary.note("SIGTERM to the server")
        load.check()
        assert set(load.answers) == {str(version) for version in range(1, VERSIONS + 1)} or SWAPS < VERSIONS
        say(f"{load.answers.total()} answers, none lost, none of another version than it said")
