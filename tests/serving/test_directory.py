import asyncio
import time

import pytest

from modelyard.domain.errors import NotFound, Overloaded, Unavailable
from modelyard.serving.directory import Directory
from modelyard.serving.routes import Route
from modelyard.serving.served import Left
from tests.support.answering import Answering, revision

SOON = 0.02


def later(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


async def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(NotFound, match="no endpoint 'taxi'"):
        Directory().lookup("taxi")
    with pytest.raises(NotFound):
        await Directory().coming("taxi", later())


async def test_until_all_endpoints_are_known_a_name_may_exist() -> None:
    directory = Directory(complete=False)
    for find in (directory.lookup, lambda name: directory.coming(name, later())):
        with pytest.raises(Unavailable, match="not served yet"):
            await find("taxi")  # type: ignore[misc]
    directory.open()
    known, unknown = (asyncio.create_task(directory.coming(name, later())) for name in ("linear", "taxi"))
    await asyncio.sleep(0)
    directory.publish("linear", revision(1, Answering()))
    directory.opened()
    assert (await known).stable.revision == 1
    with pytest.raises(NotFound):
        await unknown


async def test_what_is_published_is_found_until_it_is_withdrawn() -> None:
    directory = Directory()
    old, new = revision(1, Answering()), revision(2, Answering())
    directory.publish("linear", old)
    assert directory.lookup("linear") is old
    directory.publish("linear", Route("linear", [(new, 100)]))
    assert directory.lookup("linear", "20") is new
    with pytest.raises(NotFound, match="serves version '20', not '10'"):
        directory.lookup("linear", "10")
    directory.withdraw("linear")
    directory.withdraw("linear")
    assert directory.names() == ()


async def test_who_waits_for_a_revision_that_left_is_told() -> None:
    directory = Directory()
    old, new, kept = revision(1), revision(2), revision(3)
    directory.publish("linear", Route("linear", [(old, 50), (kept, 50)]))
    waiting = [asyncio.create_task(served.wait(30.0, later())) for served in (old, kept)]
    await asyncio.sleep(0)
    directory.publish("linear", Route("linear", [(new, 50), (kept, 50)]))
    with pytest.raises(Left):
        await waiting[0]
    assert not waiting[1].done()
    directory.withdraw("linear")
    with pytest.raises(Left):
        await waiting[1]


def test_a_refused_name_says_why() -> None:
    directory = Directory()
    directory.refuse("linear", "Endpoint 'linear' is stopped")
    with pytest.raises(Unavailable, match="is stopped"):
        directory.lookup("linear")
    assert directory.names() == ("linear",)


async def test_requests_wait_for_a_name_on_hold() -> None:
    directory = Directory()
    directory.hold("linear", "Endpoint 'linear' is starting")
    with pytest.raises(Unavailable, match="is starting"):
        directory.lookup("linear")
    waiting = [asyncio.create_task(directory.coming("linear", later())) for _ in range(3)]
    await asyncio.sleep(0)
    directory.hold("linear", "Endpoint 'linear' is loading")
    await asyncio.sleep(0)
    assert not any(one.done() for one in waiting)
    directory.publish("linear", revision(1, Answering()))
    assert {(await one).stable.revision for one in waiting} == {1}


async def test_a_wait_ends_with_the_reason_when_it_is_refused_withdrawn_or_too_long() -> None:
    directory = Directory()
    directory.hold("linear", "Endpoint 'linear' is starting")
    refused = asyncio.create_task(directory.coming("linear", later()))
    await asyncio.sleep(0)
    directory.refuse("linear", "Endpoint 'linear' has failed")
    with pytest.raises(Unavailable, match="has failed"):
        await refused
    directory.hold("linear", "Endpoint 'linear' is starting")
    withdrawn = asyncio.create_task(directory.coming("linear", later()))
    with pytest.raises(Unavailable, match="is starting"):
        await directory.coming("linear", later(SOON))
    directory.withdraw("linear")
    with pytest.raises(NotFound):
        await withdrawn


async def test_no_more_than_a_thousand_wait_for_one_name() -> None:
    directory = Directory()
    directory.hold("linear", "Endpoint 'linear' is starting")
    waiting = [asyncio.create_task(directory.coming("linear", later())) for _ in range(1000)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="1000 requests wait"):
        await directory.coming("linear", later())
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    with pytest.raises(Unavailable, match="is starting"):
        await directory.coming("linear", later(0))
    directory.publish("linear", revision(1, Answering()))
    await asyncio.gather(*waiting[1:])


async def test_an_endpoint_with_several_models_says_how_they_are_asked_for() -> None:
    directory = Directory()
    for name in ("shop/taxi", "shop/flowers"):
        directory.publish(name, revision(1))
    with pytest.raises(NotFound, match="ask for one of 'shop/flowers', 'shop/taxi'"):
        await directory.coming("shop", 0.0)
