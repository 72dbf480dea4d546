"""Who is asked, who waits, and who is told to come back later."""

import asyncio
import time

import pytest

from modelyard.domain.errors import DeadlineExceeded, Overloaded, Unavailable
from modelyard.domain.serving_options import Scaling, ServingOptions
from modelyard.serving.served import Client, Lane, Served
from tests.support.answering import Answering, revision

HOLD = 30.0


def limited(limit: int, queue: int = 1000) -> ServingOptions:
    return ServingOptions(scaling=Scaling(limit=limit, queue=queue))


def taken(served: Served) -> Lane:
    lane = served.take()
    assert lane is not None
    return lane


def waiting(served: Served, seconds: float = HOLD) -> asyncio.Task[Lane]:
    return asyncio.create_task(served.wait(seconds, time.monotonic() + seconds))


async def looked() -> None:
    """What is ready to run has run."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_the_least_busy_replica_is_asked() -> None:
    one, two = Answering(), Answering()
    served = revision(1, one, two)
    first, second = taken(served), taken(served)
    assert {id(first.client), id(second.client)} == {id(one), id(two)}
    served.give_back(second)
    assert taken(served) is second
    assert served.in_flight == 2


async def test_a_full_replica_is_waited_for_in_order() -> None:
    served = revision(1, Answering(), options=limited(1))
    lane = taken(served)
    assert served.take() is None
    requests = [waiting(served) for _ in range(3)]
    await looked()
    for number, request in enumerate(requests):
        assert [one.done() for one in requests] == [True] * number + [False] * (3 - number)
        assert served.take() is None, "nobody is let in before those who wait"
        served.give_back(lane)
        assert await request is lane
    assert lane.busy == served.in_flight == 1


async def test_a_limit_is_never_exceeded_however_replicas_come_and_go() -> None:
    first, second = Answering(), Answering()
    served = revision(1, first, options=limited(2))
    requests = [waiting(served) for _ in range(10)]
    await looked()
    assert served.in_flight == 2
    served.put([first, second])
    await looked()
    assert served.in_flight == 4
    lanes = [request.result() for request in requests if request.done()]
    assert sorted(lane.busy for lane in lanes) == [2, 2, 2, 2]
    served.put([second])
    for lane in lanes:
        served.give_back(lane)
    await looked()
    assert served.in_flight == 2, "of the second alone"
    for request in requests:
        request.cancel()


async def test_when_too_many_wait_callers_are_told_when_to_come_back() -> None:
    served = revision(1, Answering(), options=limited(1, queue=2))
    taken(served)
    requests = [waiting(served) for _ in range(2)]
    await looked()
    with pytest.raises(Overloaded, match="2 requests wait") as error:
        await served.wait(HOLD, time.monotonic() + HOLD)
    assert error.value.retry_after >= 1
    requests[0].cancel()
    await looked()
    third = waiting(served)
    await looked()
    assert not third.done(), "who left makes room"
    for request in (*requests, third):
        request.cancel()


def test_without_a_limit_the_replica_has_the_queue_which_is_bounded_too() -> None:
    served = revision(1, Answering(), options=limited(0, queue=3))
    lanes = [taken(served) for _ in range(4)]
    with pytest.raises(Overloaded, match="3 requests wait"):
        served.take()
    served.give_back(lanes[0])
    taken(served)


async def test_the_first_request_wakes_what_is_asleep_and_is_held_until_it_is_there() -> None:
    woken: list[int] = []
    served = revision(1)
    served.wake = lambda: woken.append(1)
    assert served.take() is None
    requests = [waiting(served) for _ in range(5)]
    await looked()
    assert woken
    assert not served.idle
    served.put([Answering()])
    assert len({id(await request) for request in requests}) == 1
    assert served.in_flight == 5


async def test_what_does_not_come_is_not_held_for_longer_than_the_limit() -> None:
    served = revision(1)
    with pytest.raises(Unavailable, match="no process of its model running yet"):
        await waiting(served, 0.01)
    busy = revision(1, Answering(), options=limited(1))
    taken(busy)
    with pytest.raises(DeadlineExceeded, match="was free in time"):
        await busy.wait(HOLD, time.monotonic() + 0.01)
    assert len(served.queue) == len(busy.queue) == 0


async def test_what_will_not_come_says_why_at_once() -> None:
    served = revision(1)
    request = waiting(served)
    await looked()
    served.give_up("Endpoint 'taxi' has failed: no such module")
    with pytest.raises(Unavailable, match="no such module"):
        await request
    with pytest.raises(Unavailable, match="no such module"):
        await waiting(served)


async def test_whoever_leaves_while_it_is_his_turn_passes_it_on() -> None:
    served = revision(1, Answering(), options=limited(1))
    lane = taken(served)
    first, second = waiting(served), waiting(served)
    await looked()
    served.give_back(lane)
    first.cancel()
    assert await second is lane
    assert served.in_flight == 1


async def test_a_lost_replica_is_asked_no_more_until_it_is_put_here_again() -> None:
    one, two = Answering(), Answering()
    lost: list[Client] = []
    served = revision(1, one, two)
    served.lose = lost.append
    lane = taken(served)
    served.drop(lane)
    served.drop(lane)
    served.give_back(lane)
    assert lost == [lane.client]
    assert len(served.replicas) == 1
    served.put([one, two])
    assert set(map(id, served.replicas)) == {id(one), id(two)}
