"""`modelyard demo` as a process that owns a server; the stories themselves are told in tests/e2e."""

import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import run
from tests.support.server import clean_environment, command
from tests.support.stocked import Stocked

STARTED = re.compile(r"Server at (\S+), data in (\S+)")


def gone(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz/live")
    except httpx.ConnectError:
        return True
    return False


def test_a_demo_that_cannot_go_on_says_why_and_leaves_no_server(tmp_path: Path) -> None:
    ended = run("demo", "taxi", "--data", "missing.csv", "--port", "0", "--data-dir", str(tmp_path / "data"))
    started = STARTED.search(ended.stderr)
    assert ended.returncode == 1
    assert started is not None
    assert ended.stderr.splitlines()[-1].startswith("Error: ")
    assert "missing.csv" in ended.stderr
    assert gone(started[1])


def test_a_server_that_cannot_start_speaks_for_itself(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run("demo", "churn", "--data-dir", str(tmp_path / "file"))
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("Error: The data directory")


def test_an_existing_server_is_used_and_left_alone(stocked: Stocked) -> None:
    ended = run("demo", "churn", "--data", "missing.csv", "--url", stocked.url)
    assert ended.returncode == 1
    assert "missing.csv" in ended.stderr
    assert "Server at" not in ended.stderr
    assert not gone(stocked.url)


def test_a_demo_without_what_it_needs_says_how_to_get_it() -> None:
    without = "import sys; sys.modules['torch'] = None; from modelyard.cli.main import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", without, "demo", "stocks", "--url", "http://127.0.0.1:9"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert ended.returncode == 1
    assert ended.stderr == "Error: The demo needs torch: pip install 'modelyard[stocks]'\n"


@pytest.fixture
def heard() -> Iterator[None]:
    """What a shell starts in the background ignores SIGINT, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_demo_that_is_ended_ends_its_server(tmp_path: Path, number: signal.Signals) -> None:
    arguments = ("demo", "churn", "--port", "0", "--data-dir", str(tmp_path / "data"))
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=clean_environment()
    ) as demo:
        assert demo.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(demo.stderr, selectors.EVENT_READ)
            selector.select(300)
        started = STARTED.search(os.read(demo.stderr.fileno(), 10_000).decode())
        assert started is not None
        demo.send_signal(number)
        assert demo.wait(300) == 128 + number
    assert gone(started[1])
