import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT

LINT = "import sys; from importlinter.cli import lint_imports_command as run; run(sys.argv[1:])"
CONFIG = ROOT / ".importlinter"
CYCLES = "No cycles between siblings"
PLANTED = [
    ("Imports point down", "domain/planted.py", "from modelyard import services"),
    ("Imports point down", "utilities/__init__.py", ""),
    ("Imports point down", "examples/planted.py", "from modelyard import apps"),
    ("Protocols do not know each other", "protocols/mlflow/planted.py", "from modelyard.protocols import native"),
    ("Protocols do not know each other", "protocols/http/planted.py", "from modelyard.protocols import oip"),
    (
        "What protocols share knows no use case",
        "protocols/http/planted.py",
        "from modelyard import services",
    ),
    ("Wire types know nothing of us", "protocols/planted/wire.py", "from modelyard.domain import errors"),
    ("Storage is reached through services", "controllers/planted.py", "from modelyard import storage"),
    ("Control APIs write intent; controllers act on it", "protocols/native/planted.py", "import modelyard.controllers"),
    ("What runs outside the server has no database", "protocols/oip/planted.py", "from modelyard import services"),
    ("What runs outside the server has no database", "serving/planted.py", "import sqlalchemy"),
    ("Only storage speaks SQL and talks to blob stores", "services/planted.py", "from sqlalchemy import select"),
    ("Only executors make environments", "services/planted.py", "import uv"),
    ("Domain and services are plain Python", "services/planted.py", "import httpx"),
    ("The server never loads a model", "formats/planted.py", "import pickle"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # The folder a program is started in comes first on its path, so what is linted lies there.
    command = [sys.executable, "-c", LINT, "--config", str(CONFIG), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A copy of the package with all its folders and no code."""
    for init in PACKAGE.rglob("__init__.py"):
        target = tmp_path / "modelyard" / init.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(init, target)
    (tmp_path / "modelyard" / "__main__.py").touch()
    return tmp_path


def test_the_layers_hold() -> None:
    answer = lint(PACKAGE.parent)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_skeleton_alone_breaks_nothing(skeleton: Path) -> None:
    answer = lint(skeleton)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_a_planted_violation_is_caught(skeleton: Path, contract: str, file: str, line: str) -> None:
    planted = skeleton / "modelyard" / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    (planted.parent / "__init__.py").touch()
    planted.write_text(f"{line}\n")
    answer = lint(skeleton)
    assert answer.returncode != 0
    assert f"{contract} BROKEN" in answer.stdout, answer.stdout + answer.stderr


def test_a_planted_cycle_is_caught(skeleton: Path) -> None:
    kit = skeleton / "modelyard" / "kit"
    (kit / "hen.py").write_text("from modelyard.kit.egg import Egg\n")
    (kit / "egg.py").write_text("from modelyard.kit.hen import Hen\n")
    answer = lint(skeleton)
    assert f"{CYCLES} BROKEN" in answer.stdout, answer.stdout + answer.stderr


def test_every_contract_has_a_planted_violation() -> None:
    lines = (ROOT / ".importlinter").read_text().splitlines()
    names = {line.removeprefix("name = ") for line in lines if line.startswith("name = ")}
    assert names == {contract for contract, _, _ in PLANTED} | {CYCLES}
