"""Starting a server, knowing what it costs, and ending what was started, by process id."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Server:
    """`argv` may hold {port}, and {dir} for where its files go; `health` is the path that answers 200 when ready.

    `environment` is on top of ours.
    """

    label: str
    argv: Sequence[str]
    health: str = "/health"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    url: str
    pid: int
    seconds_to_ready: float
    helpers: Sequence[int] = ()
    """Processes, with those below them, whose work is the server's too: its PostgreSQL."""

    def memory_mib(self) -> float:
        """Memory of the server's processes, shared pages once, without those of its database."""
        return sum(_pss_kib(pid) for pid in _tree(self.pid)) / 1024

    def cpu_seconds(self) -> float:
        return sum(_cpu_ticks(pid) for root in (self.pid, *self.helpers) for pid in _tree(root)) / _TICKS


@contextmanager
def running(
    server: Server, directory: Path, helpers: Sequence[int] = (), patience: float = _PATIENCE
) -> Iterator[Running]:
    directory.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    argv = [part.replace("{port}", str(port)).replace("{dir}", str(directory)) for part in server.argv]
    url = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    with (directory / "server.log").open("ab") as log:
        process = subprocess.Popen(
            argv,
            stdout=log,
            stderr=log,
            cwd=directory,
            env={**_activated(argv[0]), **server.environment},
            start_new_session=True,
        )
    try:
        _await_ready(process, url + server.health, directory / "server.log", patience)
        yield Running(url, process.pid, time.perf_counter() - begun, helpers)
    finally:
        _end(process)


def _activated(program: str) -> dict[str, str]:
    """Some servers start others by their names, which are beside them in their own environment."""
    ours = dict(os.environ)  # noqa: TID251 - as a shell would pass it on
    ours.pop("PYTHONDONTWRITEBYTECODE", None)  # each would compile its libraries anew at each start
    path = f"{Path(program).parent}{os.pathsep}{ours['PATH']}"
    return {**ours, "PATH": path, "MODELYARD_TRACEABLE": "true"}  # so that its memory can be measured


def _await_ready(process: subprocess.Popen[bytes], url: str, log: Path, patience: float) -> None:
    until = time.perf_counter() + patience
    while not _answers(url):
        if process.poll() is not None or time.perf_counter() > until:
            raise RuntimeError(f"the server did not start; see {log}:\n{log.read_text()[-2000:]}")
        time.sleep(0.01)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    children = _tree(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in children:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tree(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        at = waiting.pop()
        found.append(at)
        for task in Path(f"/proc/{at}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _cpu_ticks(pid: int) -> int:
    try:
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]))
    except OSError:
        return 0
