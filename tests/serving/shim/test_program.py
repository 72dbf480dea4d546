"""A program that is started as a transformer is, by `start.py program`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.processes import child_environment
from modelyard.serving import launch

FACTS = """
import json, os, resource, shutil, sys, threading
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "folder": os.getcwd(), "memory": resource.getrlimit(resource.RLIMIT_DATA)[0], "privileges": status["NoNewPrivs"],
    "environment": dict(os.environ), "python": shutil.which("python"), "arguments": sys.argv[1:],
}), flush=True)
threading.Event().wait()
"""


@contextmanager
def started(
    home: Path, command: Sequence[str], options: ServingOptions, folder: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    place = launch.Place(home)
    launch.write_plan(place, folder, {}, options)
    with subprocess.Popen(
        launch.program_command(Path(sys.executable), place, command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(os.environ, launch.ENVIRONMENT),
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_runs_where_and_with_what_it_was_told_and_ends_with_us(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    options = ServingOptions(memory=1 << 31, environment_variables={"MODE": "fast"})
    with started(tmp_path / "home", ["python", "-c", FACTS, "--a", "b c"], options, tmp_path / "here") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        told = json.loads(process.stdout.readline())
        assert (told["folder"], told["memory"], told["privileges"]) == (str(tmp_path / "here"), 1 << 31, "1")
        assert told["arguments"] == ["--a", "b c"]
        assert told["environment"]["MODE"] == "fast"
        assert Path(told["python"]).parent == Path(sys.executable).parent
        assert process.poll() is None
        process.stdin.close()  # as when the server is killed
        assert process.wait(60) == -signal.SIGKILL


@pytest.mark.parametrize("command", ["no-such-program", "./here"])
def test_one_that_cannot_be_started_says_why(tmp_path: Path, command: str) -> None:
    with started(tmp_path, [command], ServingOptions(), tmp_path) as process:
        assert process.stderr is not None
        said = process.stderr.read()  # before its lifeline is closed
    told = json.loads(said.splitlines()[-1])
    assert told["reason"] == "NotStarted"
    assert f"'{command}' cannot be started in {tmp_path}: No such file or directory" in told["message"]
