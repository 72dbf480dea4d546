"""A server as a process of its own, for as long as somebody needs it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import IO, NoReturn

import msgspec

from modelyard.apps import listener
from modelyard.apps.settings import BY_NAME
from modelyard.domain.errors import StartupError

STOP_SECONDS = 60.0
_TOLD = 2000


class _Ready(msgspec.Struct):
    url: str
    data_dir: str


class Child:
    """A server that is ready at `url`."""

    def __init__(self, process: subprocess.Popen[bytes], ready: _Ready) -> None:
        self._process = process
        self.url = ready.url
        self.data_dir = ready.data_dir

    def wait(self) -> None:
        """Until it ends by itself."""
        self._process.wait()


@contextmanager
def running(flags: Mapping[str, str | None], environment: Mapping[str, str]) -> Iterator[Child]:
    """Starts `modelyard up` with the flags that are given, and stops it in the end, also when we are asked to end.

    Without a port the usual one is taken when it is free, else any. Raises StartupError with the server's own words.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    given.setdefault("port", _free_port())
    argv = [sys.executable, "-m", "modelyard", "up", "--log-format", "json"]
    argv += [part for name, value in given.items() for part in (BY_NAME[name].flag, value)]
    with _ended_by_signals(), tempfile.TemporaryFile() as said:
        # A session of its own: Ctrl-C is for us, who then end it in order.
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=said, env=environment, start_new_session=True)
        try:
            yield Child(process, _ready(process, said))
        finally:
            _stop(process)


def _ready(process: subprocess.Popen[bytes], said: IO[bytes]) -> _Ready:
    line = process.stdout.readline() if process.stdout is not None else b""
    if not line:
        process.wait()
        raise StartupError(_last_words(said))
    return msgspec.json.decode(line, type=_Ready)


def _last_words(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - _TOLD))
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("Error: ") if lines else "The server ended without a word"


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> str:
    usual = BY_NAME["port"].default
    try:
        bound: socket.socket = listener.bind("127.0.0.1", int(usual))
    except StartupError:
        return "0"
    bound.close()
    return usual


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Lets `finally` run when somebody ends us politely or closes the terminal."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
