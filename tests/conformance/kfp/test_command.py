"""The `kfp` command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import RunningServer


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(tmp_path), "PYTHONWARNINGS": "ignore"}


def test_it_uploads_runs_and_lists(server: RunningServer, package: Path, home: dict[str, str], name: str) -> None:
    def asked(*arguments: str) -> Any:
        command = [str(Path(sys.executable).with_name("kfp")), "--endpoint", server.url, "--output", "json"]
        done = subprocess.run([*command, *arguments], env=home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        first = next(at for at, line in enumerate(lines) if line[:1] in ("{", "["))  # after links for people
        return json.loads("\n".join(lines[first:]))

    made = asked("pipeline", "create", "-p", name, str(package))
    assert made["name"] == name
    experiment = asked("experiment", "create", name)["experiment_id"]
    run = asked("run", "create", "-e", name, "-f", str(package), "-r", name, "a=4")
    assert run["runtime_config"]["parameters"] == {"a": 4}
    assert [one["run_id"] for one in asked("run", "list", "-e", experiment)] == [run["run_id"]]
    assert asked("run", "get", run["run_id"])["display_name"] == name
