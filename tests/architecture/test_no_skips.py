import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT


def run(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_holes.py").write_text("import pytest\n\n@pytest.mark.skip\ndef test_hole(): ...\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-q", "--rootdir", str(folder), str(folder)]
    environment = {**os.environ, "CI": ci}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_the_run_in_ci_only(tmp_path: Path, ci: str, code: int) -> None:
    answer = run(tmp_path, ci)
    assert answer.returncode == code, answer.stdout
    assert ("1 skipped: with CI=true every test must run" in answer.stdout) == bool(code)
    assert "1 skipped in" in answer.stdout.splitlines()[-1]
