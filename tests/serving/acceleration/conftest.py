import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelyard.executors.processes import child_environment
from modelyard.serving import launch

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def saved_and_converted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The models of tests/support/convertible_models.py, and what came of converting each."""
    models, results = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("converted")
    command = [sys.executable, "-m", "tests.support.convertible_models", str(models), str(results)]
    env = child_environment(os.environ, launch.ENVIRONMENT)
    subprocess.run(command, check=True, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    return models, results


@pytest.fixture
def models(saved_and_converted: tuple[Path, Path]) -> Path:
    return saved_and_converted[0]


@pytest.fixture
def converted(saved_and_converted: tuple[Path, Path]) -> Callable[[str], Path]:
    return lambda name: saved_and_converted[1] / name
