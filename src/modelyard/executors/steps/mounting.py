import subprocess
import sys
import tempfile

from modelyard.executors.steps.program import RUNNER

SECONDS = 60


def problem() -> str:
    """Why a process of ours cannot show a step directories at paths of its own; empty where it can. Tries it."""
    with tempfile.TemporaryDirectory(prefix="modelyard-") as folder:
        command = [sys.executable, str(RUNNER), "mounts", folder]
        try:
            tried = subprocess.run(command, env={}, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    return "" if tried.returncode == 0 else tried.stdout.strip() or "mount namespaces are not allowed"
