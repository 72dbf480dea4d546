"""`modelyard` as a user runs it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.server import clean_environment, command

SECONDS = 600


def run(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Without a terminal, in an environment that names no server."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env=clean_environment(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )
