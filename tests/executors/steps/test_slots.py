import asyncio

import pytest

from modelyard.domain.task_launch import Needs
from modelyard.executors.steps.slots import PATIENCE, Machine, Slot, Slots, this_machine

GIB = 1 << 30


async def granted(*waiting: asyncio.Task[Slot]) -> list[bool]:
    for _ in range(3):
        await asyncio.sleep(0)
    return [task.done() for task in waiting]


def take(slots: Slots, run: str, needs: Needs) -> asyncio.Task[Slot]:
    return asyncio.create_task(slots.take(run, needs))


async def test_devices_are_given_by_name_and_given_back() -> None:
    slots = Slots(Machine(4, GIB, ("0", "1", "2")))
    first = await slots.take("a", Needs(gpus=2))
    second = await slots.take("a", Needs(gpus=1))
    assert {*first.gpus, *second.gpus} == {"0", "1", "2"}
    third = take(slots, "a", Needs(gpus=2))
    assert await granted(third) == [False]
    slots.give_back(first)
    assert (await third).gpus == first.gpus


async def test_what_asks_for_no_core_shares_one() -> None:
    slots = Slots(Machine(1, GIB, share=0.5))
    tasks = [take(slots, "a", Needs()) for _ in range(3)]
    assert await granted(*tasks) == [True, True, False]
    slots.give_back(tasks[0].result())
    assert await granted(tasks[2]) == [True]


async def test_memory_is_counted() -> None:
    slots = Slots(Machine(8, 3 * GIB))
    tasks = [
        take(slots, "a", Needs(memory=2 * GIB)),
        take(slots, "b", Needs(memory=GIB)),
        take(slots, "c", Needs(0.1, 1)),
    ]
    assert await granted(*tasks) == [True, True, False]


async def test_smaller_ones_of_other_runs_may_pass_but_not_for_ever() -> None:
    slots = Slots(Machine(2, GIB))
    small = [await slots.take("small", Needs(cpu=1)), await slots.take("small", Needs(cpu=1))]
    large = take(slots, "large", Needs(cpu=2))
    passed = 0
    while passed <= PATIENCE:
        following = take(slots, "small", Needs(cpu=1))
        await granted(following)
        slots.give_back(small.pop(0))
        if not (await granted(following))[0]:
            break
        small.append(await following)
        passed += 1
    assert passed == PATIENCE
    slots.give_back(small.pop())
    assert await granted(large, following) == [True, False]
    slots.give_back(await large)
    assert await granted(following) == [True]


async def test_who_leaves_the_line_lets_others_pass_and_loses_nothing() -> None:
    slots = Slots(Machine(1, GIB))
    held = await slots.take("a", Needs(cpu=1))
    leaving, staying = take(slots, "a", Needs(cpu=1)), take(slots, "b", Needs(cpu=1))
    await granted(leaving, staying)
    leaving.cancel()
    slots.give_back(held)
    held = await staying
    late = take(slots, "a", Needs(cpu=1))
    assert await granted(late) == [False]
    slots.give_back(held)
    late.cancel()  # it has been granted and has not heard of it
    assert await granted(take(slots, "a", Needs(cpu=1))) == [True]
    assert leaving.cancelled()


@pytest.mark.parametrize("needs", [Needs(), Needs(cpu=1, memory=GIB), Needs(gpus=1)])
async def test_what_fits_is_not_refused(needs: Needs) -> None:
    assert not Slots(Machine(1, GIB, ("0",))).refusal(needs)


async def test_all_that_is_lacking_is_named() -> None:
    told = Slots(Machine(1, GIB)).refusal(Needs(2, 2 * GIB, 1))
    assert "2 CPUs of 1 and 2 GiB of memory of 1 and 1 GPUs of 0" in told


def test_this_machine_has_something() -> None:
    found = this_machine()
    assert found.cpu >= 1
    assert found.memory > 0
