from pathlib import Path

import httpx

from tests.support.server import running_server


def test_a_server_becomes_ready_and_stops_when_asked(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz/ready").json() == {"status": "ok"}
        assert server.stop() == 0
