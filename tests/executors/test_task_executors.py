"""What every kind of the port promises."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest

from modelyard.domain.task_launch import Ended, Ending, Needs
from modelyard.executors.steps.slots import Machine
from tests.support.conditions import until
from tests.support.steps import FAILS, GIB, IS_KILLED, MACHINE, WAITS, WORKS, Bench, in_memory, local


class Kind(Protocol):
    def __call__(self, home: Path, machine: Machine = MACHINE) -> AbstractAsyncContextManager[Bench]: ...


@pytest.fixture(params=[local, in_memory], ids=["local", "in memory"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def bench(kind: Kind, tmp_path: Path) -> AsyncIterator[Bench]:
    async with kind(tmp_path) as found:
        yield found


async def test_a_step_runs_to_its_end_and_is_told_with_its_last_words(bench: Bench) -> None:
    assert await bench.run("a", WORKS) == Ended("a.0", Ending.EXITED, tail="hello")
    assert bench.tasks.running() == []


async def test_an_exit_code_is_told(bench: Bench) -> None:
    told = await bench.run("a", FAILS)
    assert told == Ended("a.0", Ending.EXITED, 3, "The step ended with exit code 3", "it is broken")


async def test_a_signal_is_told(bench: Bench) -> None:
    told = await bench.run("a", IS_KILLED)
    assert (told.ending, told.code) == (Ending.SIGNALED, 9)
    assert told.detail.startswith("The step was ended by signal 9 (Killed)")


async def test_the_same_key_twice_is_once(bench: Bench) -> None:
    first = await bench.start("a", WAITS)
    await bench.tasks.start(first)
    await until((first.folder / "started").exists)
    assert bench.tasks.running() == ["a.0"]
    (first.folder / "go").touch()
    await bench.ended()
    await bench.start("b", WORKS)
    assert (await bench.ended()).key == "b.0"


async def test_steps_run_at_the_same_time(bench: Bench) -> None:
    steps = [await bench.start(name, WAITS) for name in "abc"]
    await until(lambda: all((step.folder / "started").exists() for step in steps))
    assert set(bench.tasks.running()) == {"a.0", "b.0", "c.0"}
    for step in reversed(steps):
        (step.folder / "go").touch()
        assert (await bench.ended()).key == step.key


async def test_what_is_canceled_while_it_runs_is_told_as_canceled(bench: Bench) -> None:
    step, neighbour = await bench.start("a", WAITS), await bench.start("b", WAITS)
    await until(lambda: all((each.folder / "started").exists() for each in (step, neighbour)))
    await bench.tasks.cancel("a.0")
    told = await bench.ended()
    assert (told.key, told.ending, told.tail) == ("a.0", Ending.CANCELED, "waiting")
    (neighbour.folder / "go").touch()
    assert (await bench.ended()).ending is Ending.EXITED


async def test_what_is_canceled_in_line_never_starts(kind: Kind, tmp_path: Path) -> None:
    async with kind(tmp_path, Machine(1, GIB)) as bench:
        first = await bench.start("a", WAITS, needs=Needs(cpu=1))
        await until((first.folder / "started").exists)
        second = await bench.start("b", WAITS, needs=Needs(cpu=1))
        assert bench.tasks.running() == ["a.0"]
        await bench.tasks.cancel("b.0")
        assert (await bench.ended()).ending is Ending.CANCELED
        (first.folder / "go").touch()
        assert (await bench.ended()).key == "a.0"
        assert not (second.folder / "started").exists()


async def test_canceling_what_nobody_knows_is_nothing(bench: Bench) -> None:
    await bench.tasks.cancel("nobody.0")


async def test_a_step_that_takes_too_long_is_ended(bench: Bench) -> None:
    told = await bench.run("a", WAITS, timeout=0.3)
    assert (told.ending, told.detail) == (Ending.TIMED_OUT, "The step did not end within its time and was ended")


async def test_a_step_within_its_time_is_left_alone(bench: Bench) -> None:
    assert (await bench.run("a", WORKS, timeout=120)).ending is Ending.EXITED


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        (Needs(cpu=9), "9 CPUs of 8"),
        (Needs(memory=9 * GIB), "9 GiB of memory of 8"),
        (Needs(gpus=3), "3 GPUs of 2"),
    ],
)
async def test_what_needs_more_than_there_is_is_refused(bench: Bench, needs: Needs, words: str) -> None:
    told = await bench.run("a", WORKS, needs=needs)
    assert told.ending is Ending.REFUSED
    assert words in told.detail


async def test_runs_take_turns(kind: Kind, tmp_path: Path) -> None:
    async with kind(tmp_path, Machine(1, GIB)) as bench:
        gate = await bench.start("gate", WAITS, needs=Needs(cpu=1))
        await until((gate.folder / "started").exists)
        for name in ("large1", "large2", "large3", "large4", "small1", "small2"):
            await bench.start(name, WORKS, run_id=name[:5], needs=Needs(cpu=1))
        await until(lambda: len(bench.tasks.running()) == 1)
        (gate.folder / "go").touch()
        order = [(await bench.ended()).key.removesuffix(".0") for _ in range(7)]
    assert order == ["gate", "large1", "small1", "large2", "small2", "large3", "large4"]


async def test_a_log_is_followed_to_the_end_of_its_step(bench: Bench) -> None:
    step = await bench.start("a", WAITS)
    parts: list[bytes] = []

    async def follow() -> None:
        async for part in bench.tasks.follow(step.key, step.folder, 4):
            parts.append(part)  # noqa: PERF401 - looked at meanwhile

    following = asyncio.create_task(follow())
    await until(lambda: b"".join(parts) == b"ing\n")
    (step.folder / "go").touch()
    await bench.ended()
    await following
    assert b"".join(parts) == b"ing\ngone\n"
    again = [part async for part in bench.tasks.follow(step.key, step.folder)]
    assert b"".join(again) == b"waiting\ngone\n"


async def test_after_a_restart_a_finished_step_is_known_and_another_is_not(kind: Kind, tmp_path: Path) -> None:
    async with kind(tmp_path) as bench:
        told = await bench.run("finished", FAILS)
        cut = await bench.start("cut", WAITS)
        await until((cut.folder / "started").exists)
    async with kind(tmp_path) as bench:
        assert await bench.tasks.adopt("finished.0", tmp_path / "finished") == told
        assert await bench.tasks.adopt("cut.0", tmp_path / "cut") is None


async def test_a_half_written_marker_says_nothing(bench: Bench) -> None:
    await bench.run("a", WORKS)
    (bench.home / "a" / "ended.json").write_text('{"code": 0')
    assert await bench.tasks.adopt("a.0", bench.home / "a") is None
