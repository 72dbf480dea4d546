import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.controllers.acceleration import Accelerator
from modelyard.controllers.inline import Inline
from modelyard.controllers.memory import Memory
from modelyard.executors.processes import LocalProcesses
from modelyard.formats.inference import parse_json
from modelyard.serving.served import Served
from tests.support.answering import Answering, revision
from tests.support.conditions import until

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


class Owner:
    """Whose replicas are no matter here."""

    evictable = asleep = False

    def __init__(self, served: Served) -> None:
        self._served = served

    @property
    def standing(self) -> tuple[int, float]:
        return 1, self._served.statistics.last

    def stand_by(self) -> None:
        raise AssertionError


@pytest.fixture
async def two(accelerator: Accelerator, models: Path) -> AsyncIterator[tuple[Memory, list[Served], list[Inline]]]:
    """Two revisions whose converted models the gateway has room for one of."""
    size = (await accelerator.accelerate(models / "forest", Path(sys.executable))).size
    memory, served = Memory(size * 3 // 2), [revision(number, Answering()) for number in (1, 2)]
    inlines = [Inline(Owner(one), one, memory, accelerator, lambda: None) for one in served]
    for one in inlines:
        one.begin(models / "forest", Path(sys.executable))
        await until(lambda one=one: bool(one.said))  # type: ignore[misc]
    yield memory, served, inlines
    for one in inlines:
        await one.retire()
    assert memory.used == 0


async def test_converted_models_count_as_memory_and_the_longest_unasked_leaves(
    two: tuple[Memory, list[Served], list[Inline]],
) -> None:
    memory, (first, second), (one, other) = two
    await until(lambda: first.inline is not None)
    assert second.inline is None, "what was not asked for drives nobody out"
    for asked, back, gone in ((second, other, first), (first, one, second)):
        back.look()
        assert asked.inline is None
        asked.statistics.answer(time.monotonic(), 0.001)
        back.look()
        await until(lambda asked=asked: asked.inline is not None)  # type: ignore[misc]
        assert gone.inline is None
        assert 0 < memory.used <= memory.budget


async def test_a_converted_model_makes_room_for_a_replica(two: tuple[Memory, list[Served], list[Inline]]) -> None:
    memory, (first, _), _ = two
    await until(lambda: first.inline is not None)
    replica = Owner(first)
    charge = await memory.reserve(replica, memory.budget, by_force=True)
    assert charge is not None
    assert first.inline is None
    memory.free(charge)
