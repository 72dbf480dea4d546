"""A real `modelyard up` in a process of its own."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

READY_SECONDS = 600.0  # of a machine that does much else
STOP_SECONDS = 120.0
POLL_SECONDS = 0.01


class _Ready(msgspec.Struct):
    url: str
    grpc: str


@dataclass(slots=True)
class RunningServer:
    """A server that said it is ready, for gRPC at `grpc`. `log` is the file of its stderr, one JSON object a line."""

    url: str
    grpc: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        """SIGTERM, and wait for the end. Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL: what a power cut looks like to the process."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def until_logged(self, text: str) -> None:
        """Wait for a line of its log."""
        until = time.monotonic() + READY_SECONDS
        while text not in self.logs():
            assert self.process.poll() is None, self.logs()
            assert time.monotonic() < until, self.logs()
            time.sleep(POLL_SECONDS)

    def logs(self) -> str:
        return self.log.read_text("utf-8", "replace")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "modelyard", *arguments]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, without what would point a command at some other server."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("MODELYARD_", "MLFLOW_"))}
    return ours | dict(extra or {})


@contextmanager
def running_server(tmp_path: Path, *flags: str, env: Mapping[str, str] | None = None) -> Iterator[RunningServer]:
    """Starts a server on a free port with its data in `tmp_path / "data"`; on leaving, it is gone.

    Raises AssertionError with what it said when it does not become ready.
    """
    data_dir, log = tmp_path / "data", tmp_path / "server.log"
    arguments = ("up", "--port", "0", "--grpc-port", "0", "--data-dir", str(data_dir), "--log-format", "json", *flags)
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            command(*arguments), stdout=subprocess.PIPE, stderr=stderr, env=clean_environment(env), cwd=tmp_path
        )
    try:
        ready = _announced(process, log)
        yield RunningServer(ready.url, ready.grpc, data_dir, log, process)
    finally:
        _end(process)


def _announced(process: subprocess.Popen[bytes], log: Path) -> _Ready:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(READY_SECONDS) else b""
    assert line, f"the server did not become ready:\n{log.read_text('utf-8', 'replace')}"
    return msgspec.json.decode(line, type=_Ready)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()
