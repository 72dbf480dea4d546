"""Everything that may happen to an endpoint happens to one under load, and no request is lost.

`make zero-loss` is the long form: 50 swaps under 16 connections.
"""

import os
import signal
import time
from collections.abc import Callable
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
PATIENCE = 120.0
Print = Callable[[str], None]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Print:
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


def swap_again_and_again(server: RunningServer, client: Client, load: Load, told: Print) -> None:
    sizes = []
    for number, version in zip(range(SWAPS), cycle(range(1, VERSIONS + 1)), strict=False):
        swapped = client.deploy(f"models:/{NAME}/{version}", NAME, how=Deployment(SERVED))
        assert shares(swapped) == {swapped.revision.number: 100}
        load.more(50)
        sizes.append(resident(server.process.pid))
        told(f"swap {number + 1}: {load.answers.total()} answers, slowest {load.slowest:.2f} s, {sizes[-1] >> 20} MiB")
    if SWAPS >= 10:
        assert sizes[-1] < GROWTH * sizes[len(sizes) // 2], sizes
    until(lambda: len(replicas_of(server)) <= 3)


def roll_out_and_back(client: Client, load: Load, told: Print) -> None:
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
    told(f"canaries: {load.answers.total()} answers, slowest {load.slowest:.2f} s")


def break_it(client: Client, load: Load, told: Print) -> None:
    for strategy in (Strategy(), Strategy(canary=50)):
        with pytest.raises(InvalidState, match=BROKEN):
            client.deploy(f"models:/{BROKEN}/1", NAME, how=Deployment(SERVED, strategy))
        load.more(50)
        client.roll_back(NAME)
    load.more(50)
    told(f"broken versions: {load.answers.total()} answers, slowest {load.slowest:.2f} s")


def kill_replicas(server: RunningServer, client: Client, load: Load, told: Print) -> None:
    for number in range(KILLS):
        wanted = client.endpoint(NAME).status.restarts + 1
        for victim in replicas_of(server):
            os.kill(victim, signal.SIGKILL)
        until(lambda wanted=wanted: client.endpoint(NAME).status.restarts >= wanted)  # type: ignore[misc]
        until(lambda: client.endpoint(NAME).ready)
        load.more(100)
        told(f"kill {number + 1}: {load.answers.total()} answers, slowest {load.slowest:.2f} s")


def test_nothing_is_lost_whatever_is_done_to_an_endpoint(tmp_path: Path, told: Print) -> None:
    with running_server(tmp_path) as server, Client(server.url) as client:
        stock(server)
        with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=60) as http:
            register_values(http, NAME, range(1, VERSIONS + 1))
        client.deploy(f"models:/{NAME}/1", NAME, how=Deployment(SERVED))
        with Load(server.url, NAME) as load:
            swap_again_and_again(server, client, load, told)
            roll_out_and_back(client, load, told)
            break_it(client, load, told)
            kill_replicas(server, client, load, told)
            load.more(100)
            server.process.send_signal(signal.SIGTERM)
            load.until_all_left()
            assert server.process.wait(PATIENCE) == 0
        load.check()
        assert set(load.answers) == {str(version) for version in range(1, VERSIONS + 1)} or SWAPS < VERSIONS
        told(f"{load.answers.total()} answers, none lost, none of another version than it said")
