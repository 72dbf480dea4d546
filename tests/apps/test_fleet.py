"""Replicas live and die with their server."""

import os
import signal
import time
from pathlib import Path

import pytest

from modelyard.domain.errors import Unavailable
from modelyard.sdk.client import Client
from tests.support.descendants import replicas_of
from tests.support.server import RunningServer, running_server
from tests.support.stocked import MODEL, stock

ROW = {"dataframe_records": [{"a": 1.0, "b": 1.0}]}
SECONDS = 300.0


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until_gone(pid: int) -> None:
    until = time.monotonic() + SECONDS
    while runs(pid):
        assert time.monotonic() < until, f"process {pid} still runs"
        time.sleep(0.02)


def deployed(server: RunningServer, client: Client) -> int:
    """The process id of the one replica of an endpoint."""
    stock(server)
    client.deploy(f"models:/{MODEL}/1", "lives")
    [replica] = replicas_of(server)
    return replica


def until_it_answers(client: Client) -> object:
    until = time.monotonic() + SECONDS
    while True:
        try:
            return client.predict("lives", ROW)
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def until_restarted(client: Client) -> None:
    """Once; it answers before that has been written down."""
    until = time.monotonic() + SECONDS
    while ((status := client.endpoint("lives").status).phase, status.restarts) != ("Ready", 1):
        assert time.monotonic() < until, status
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_replicas_end_with_their_server_and_come_back_with_it(tmp_path: Path, number: signal.Signals) -> None:
    with running_server(tmp_path) as server, Client(server.url) as client:
        replica = deployed(server, client)
        server.process.send_signal(number)
        server.process.wait(SECONDS)
        until_gone(replica)
    with running_server(tmp_path) as server, Client(server.url) as client:
        assert until_it_answers(client) == pytest.approx([5.0])


def test_a_replica_holds_no_secrets_and_is_started_again_when_it_is_killed(tmp_path: Path) -> None:
    env = {"AWS_SECRET_ACCESS_KEY": "hush", "MODELYARD_DATABASE": f"sqlite:///{tmp_path}/other.db"}
    with running_server(tmp_path, env=env) as server, Client(server.url) as client:
        replica = deployed(server, client)
        seen = Path(f"/proc/{replica}/environ").read_bytes()
        opened = {link.readlink().name for link in Path(f"/proc/{replica}/fd").iterdir()}
        assert b"hush" not in seen
        assert b"MODELYARD_" not in seen
        assert not [name for name in opened if name.startswith(("other.db", "server.lock"))]

        os.kill(replica, signal.SIGKILL)
        until_gone(replica)
        assert until_it_answers(client) == pytest.approx([5.0])
        until_restarted(client)
