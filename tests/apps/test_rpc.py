"""The gRPC port of a real server, asked with our own messages; the stock clients are in tests/conformance."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from modelyard.apps import listener, rpc
from modelyard.apps.settings import load
from modelyard.domain.errors import StartupError
from modelyard.protocols.oip_grpc.wire import CLASSES, SERVICE
from tests.support.server import RunningServer, clean_environment, command, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("rpc"), "--traceable") as running:
        yield running


@contextmanager
def taken_port() -> Iterator[int]:
    with listener.bind("127.0.0.1", 0) as taken:
        yield taken.getsockname()[1]


def ask(address: str, method: str, **fields: Any) -> Any:
    with grpc.insecure_channel(address) as channel:
        write, read = CLASSES[f"{method}Request"].SerializeToString, CLASSES[f"{method}Response"].FromString
        return channel.unary_unary(f"/{SERVICE}/{method}", write, read)(CLASSES[f"{method}Request"](**fields))


def memory(server: RunningServer) -> str:
    return Path(f"/proc/{server.process.pid}/maps").read_text()


def test_grpc_comes_with_the_first_connections_and_loses_none_of_them(server: RunningServer) -> None:
    assert "cygrpc" not in memory(server)
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda _: ask(server.grpc, "ServerLive").live, range(64)))
    assert answers == [True] * 64
    assert "cygrpc" in memory(server)


def test_of_two_servers_that_start_at_once_the_second_is_told_that_the_port_is_taken(tmp_path: Path) -> None:
    first = rpc.bind(load({"data_dir": str(tmp_path), "grpc_port": "0"}, {}))
    assert first.port is not None
    try:
        with pytest.raises(StartupError, match="in use by another program"):
            rpc.bind(load({"data_dir": str(tmp_path), "grpc_port": str(first.port.getsockname()[1])}, {}))
    finally:
        first.close()


def test_what_does_not_exist_has_a_status(server: RunningServer) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        ask(server.grpc, "ModelMetadata", name="nobody")
    assert refusal.value.code() is grpc.StatusCode.NOT_FOUND
    assert refusal.value.details() == "There is no endpoint 'nobody'"
    with pytest.raises(grpc.RpcError) as refusal, grpc.insecure_channel(server.grpc) as channel:
        channel.unary_unary(f"/{SERVICE}/Nothing")(b"")
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_calls_are_counted_and_carry_their_id(server: RunningServer) -> None:
    with grpc.insecure_channel(server.grpc) as channel:
        ready = channel.unary_unary(f"/{SERVICE}/ServerReady")
        _, call = ready.with_call(b"", metadata=(("x-request-id", "asked-by-me"),))
    assert ("x-request-id", "asked-by-me") in [(one.key, one.value) for one in call.trailing_metadata()]
    counted = httpx.get(f"{server.url}/metrics").text
    assert f'route="/{SERVICE}/ServerReady",status="200"' in counted


def test_a_server_says_where_grpc_is(server: RunningServer) -> None:
    assert httpx.get(f"{server.url}/api/v1/server").json()["grpc"] == server.grpc


def test_grpc_can_be_left_out(tmp_path: Path) -> None:
    with running_server(tmp_path, "--grpc-port", "off") as server:
        assert server.grpc == ""
        assert httpx.get(f"{server.url}/healthz/ready").json() == {"status": "ok"}


def test_a_port_that_was_asked_for_must_be_free(tmp_path: Path) -> None:
    with taken_port() as port:
        arguments = command("up", "--port", "0", "--grpc-port", str(port), "--data-dir", str(tmp_path))
        done = subprocess.run(
            arguments, env=clean_environment(), capture_output=True, text=True, check=False, timeout=300
        )
    assert done.returncode != 0
    assert f"Port {port} on 127.0.0.1 is in use" in done.stderr
    assert "--grpc-port (0 picks a free one)" in done.stderr


def test_the_usual_port_may_be_taken_and_the_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with taken_port() as port:
        monkeypatch.setattr(rpc, "USUAL", port)
        bound = rpc.bind(load({}, {}))
        assert bound.address == ""
        assert bound.problem.startswith(f"No gRPC: Port {port} on 127.0.0.1 is in use")
        with pytest.raises(StartupError):
            rpc.bind(load({"grpc_port": str(port)}, {}))


def test_importing_the_server_does_not_import_grpc() -> None:
    script = "import sys, modelyard.apps.up; print({'grpc', 'google.protobuf'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
