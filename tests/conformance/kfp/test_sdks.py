"""One pipeline by old and new versions of the SDK. `make conformance` sends it with the old ones themselves, each in an
environment of its own; otherwise what they have compiled is run.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import kfp
import pytest

from tests.conformance.kfp import with_any_sdk
from tests.support import inference_clients
from tests.support.server import RunningServer

OLD = ("2.0.1", "2.7.0")
INSTALLED = ""
ASKED = (INSTALLED, *OLD) if os.environ.get("MODELYARD_CONFORMANCE") == "1" else (INSTALLED,)
COMPILED = Path(__file__).with_name("compiled")
MADE = [("make", "SUCCEEDED"), ("read", "SUCCEEDED")]
SECONDS = 600


def states(tasks: Any) -> list[tuple[str, str]]:
    """Those that every version calls the same."""
    named = ("any-sdk", "exit-handler-1", "fail", "make", "read")
    return [(name, state) for name, state in tasks if name in named]


def check(ended: dict[int, Any]) -> None:
    state, tasks = ended[3]
    assert state == "SUCCEEDED", tasks
    assert states(tasks) == [("any-sdk", "SUCCEEDED"), ("exit-handler-1", "SUCCEEDED"), *MADE]
    assert "SKIPPED" in {one for _, one in tasks}
    assert sum(name.startswith("say") for name, _ in tasks) == 4, "at the end, in the branch, in two rounds"
    state, tasks = ended[with_any_sdk.FAILS]
    assert state == "FAILED", tasks
    assert states(tasks) == [("any-sdk", "FAILED"), ("exit-handler-1", "FAILED"), ("fail", "FAILED"), *MADE]
    assert sum(name.startswith("say") for name, _ in tasks) == 3, "at the end, in two rounds"


@pytest.mark.parametrize("version", ASKED, ids=lambda version: version or "installed")
def test_a_pipeline_is_sent_and_followed(server: RunningServer, version: str) -> None:
    program = [str(python(version)), str(Path(with_any_sdk.__file__)), "run", server.url]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    check({int(n): told for n, told in json.loads(done.stdout.splitlines()[-1]).items()})


@pytest.mark.parametrize("version", OLD)
def test_what_an_old_one_compiled_is_run(client: kfp.Client, version: str) -> None:
    ended = {}
    for n in (3, with_any_sdk.FAILS):
        path = str(COMPILED / f"sdk-{version}.yaml")
        started = client.create_run_from_pipeline_package(path, arguments={"n": n}, enable_caching=False)
        client.wait_for_run_completion(started.run_id, timeout=SECONDS, sleep_duration=0.1)
        found = client.get_run(started.run_id)
        ended[n] = found.state, sorted((task.display_name, task.state) for task in found.run_details.task_details)
    check(ended)


@functools.cache
def python(version: str) -> Path:
    return inference_clients.environment(f"kfp-{version}", f"kfp=={version}") if version else Path(sys.executable)
