import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.controllers.acceleration import Accelerator
from modelyard.executors.processes import LocalProcesses
from modelyard.formats.inference import parse_json

ROOT = Path(__file__).parents[2]
ONE = parse_json(b'{"instances": [[1.0, 2.0, 3.0]]}', positional=True)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("models")
    subprocess.run([sys.executable, "-m", "tests.support.convertible_models", str(target)], check=True, cwd=ROOT)
    return target


@pytest.fixture
def accelerator(tmp_path: Path) -> Accelerator:
    return Accelerator(LocalProcesses(os.environ), tmp_path / "accelerated")


async def test_a_model_is_converted_once_and_then_known(accelerator: Accelerator, models: Path, tmp_path: Path) -> None:
    first = await accelerator.accelerate(models / "forest", Path(sys.executable))
    assert first.model is not None
    assert first.said.startswith("accelerated by onnxruntime: agrees exactly on ")
    assert first.model(ONE) is not None
    again = await accelerator.accelerate(models / "forest", Path("no-such-python"))
    assert again.model is not None
    assert sorted(path.name for path in (tmp_path / "accelerated").iterdir()) == ["forest"]


async def test_a_model_that_cannot_be_converted_says_so_and_is_not_tried_again(
    accelerator: Accelerator, models: Path
) -> None:
    for python in (Path(sys.executable), Path("no-such-python")):
        found = await accelerator.accelerate(models / "unsigned", python)
        assert found.model is None
        assert found.said == "not accelerated: the model has no signature"


async def test_a_conversion_that_cannot_even_start_leaves_the_model_to_its_replica(
    accelerator: Accelerator, models: Path
) -> None:
    found = await accelerator.accelerate(models / "forest", Path("no-such-python"))
    assert found.model is None
    assert found.said.startswith("not accelerated: ")
