import json
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from modelyard.sdk.client import Client
from tests.support.server import STOP_SECONDS, RunningServer, clean_environment, command, running_server

ARTIFACT = "/api/2.0/mlflow-artifacts/artifacts/slow.bin"


def test_a_server_becomes_ready_and_stops_when_asked(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz/ready").json() == {"status": "ok"}
        assert httpx.get(f"{server.url}/healthz/live").json() == {"status": "ok"}
        assert server.stop() == 0


def test_the_address_where_to_look_and_how_to_connect_are_printed(tmp_path: Path) -> None:
    arguments = ("up", "--port", "0", "--data-dir", str(tmp_path / "data"))
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True, env=clean_environment()) as process:
        assert process.stdout is not None
        shown = [process.stdout.readline() for _ in range(4)]
        process.terminate()
    url = shown[0].split()[-1]
    assert httpx.URL(url).port
    assert shown[1].split() == ["Browser", f"{url}/"]
    assert str(tmp_path / "data") in shown[2]
    assert f"export MLFLOW_TRACKING_URI={url}" in shown[3]


def test_a_second_start_finds_the_data(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        made = httpx.post(f"{server.url}/api/2.0/mlflow/experiments/create", json={"name": "kept"}).json()
    with running_server(tmp_path) as server, Client(server.url) as client:
        assert made["experiment_id"] in [one.id for one in client.experiments() if one.name == "kept"]


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        httpx.post(f"{server.url}/api/2.0/mlflow/experiments/create", json={"name": "kept"}).raise_for_status()
        server.kill()
    with running_server(tmp_path) as server, Client(server.url) as client:
        assert "kept" in [one.name for one in client.experiments()]


def half_an_upload(server: RunningServer) -> socket.socket:
    """A connection on which the server waits for the other half of a file."""
    address = urlsplit(server.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=120)
    head = f"PUT {ARTIFACT} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 100")
    connection.sendall(b"half")
    return connection


def test_a_running_request_finishes_after_sigterm(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        connection = half_an_upload(server)
        server.process.send_signal(signal.SIGTERM)
        server.until_logged("finishing what runs")
        connection.sendall(b"more")
        answer = connection.recv(10_000)
        connection.close()
        assert answer.startswith(b"HTTP/1.1 200")
        assert server.process.wait(STOP_SECONDS) == 0
    with running_server(tmp_path) as server:
        assert httpx.get(f"{server.url}{ARTIFACT}").content == b"halfmore"


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        connection = half_an_upload(server)
        server.process.send_signal(signal.SIGTERM)
        server.until_logged("finishing what runs")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(STOP_SECONDS) == 0
        connection.close()


def test_requests_are_waited_for_no_longer_than_the_grace(tmp_path: Path) -> None:
    with running_server(tmp_path, "--shutdown-grace", "0") as server:
        connection = half_an_upload(server)
        assert server.stop() == 0
        connection.close()


def test_a_killed_server_does_not_keep_its_data_directory(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.kill()
    with running_server(tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz/ready").is_success


def test_json_logs_name_the_request(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        answer = httpx.get(f"{server.url}/api/v1/experiments/77", headers={"x-request-id": "asked-by-me"})
        assert answer.headers["x-request-id"] == "asked-by-me"
        assert answer.json()["error"]["request_id"] == "asked-by-me"
        server.stop()
        lines = [json.loads(line) for line in server.logs().splitlines()]
    [line] = [line for line in lines if line.get("request_id") == "asked-by-me"]
    assert line["logger"] == "modelyard.access"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/experiments/77", 404)


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        httpx.put(f"{server.url}{ARTIFACT}", content=b"secret").raise_for_status()
        modes = {path: path.stat().st_mode & 0o077 for path in server.data_dir.rglob("*")}
        assert server.data_dir.stat().st_mode & 0o077 == 0
    assert modes
    assert not [path for path, mode in modes.items() if mode]
