"""The native API held to its own OpenAPI document, by Schemathesis."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.fuzz.conftest import EFFORT, SOME_DATABASES, server_on, stays_unharmed
from tests.fuzz.world import World
from tests.support.server import RunningServer

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = (
    sys.executable,
    "-m",
    "schemathesis.cli",
    "--config-file",
    str(Path(__file__).with_name("schemathesis.toml")),
)
PER_OPERATION = 4
PHASES = "coverage,fuzzing" if EFFORT == 1 else "coverage,fuzzing,stateful"


@pytest.mark.parametrize("database", SOME_DATABASES)
def test_the_api_is_what_its_document_says(database: str, tmp_path: Path) -> None:
    """On a server of its own, since what is fuzzed may delete everything."""
    with server_on(database, tmp_path) as server, httpx.Client(base_url=server.url, timeout=120) as http:
        world = World(http)
        world.fill()
        with stays_unharmed(server, http):
            fuzz(server, world.names["run"], tmp_path)


def fuzz(server: RunningServer, run: str, folder: Path) -> None:
    flags = ["--mode", "all", "--seed", "1", "--max-examples", str(PER_OPERATION * EFFORT), "--phases", PHASES]
    ours = {"SCHEMATHESIS_HOOKS": "tests.fuzz.formats", "MODELYARD_FUZZED_RUN": run, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [*SCHEMATHESIS, "run", f"{server.url}/openapi.json", *flags],
        cwd=folder,
        env={**os.environ, **ours, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
