import asyncio
from pathlib import Path

import pytest

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import ReplicaClient
from tests.support.replicas import served

ONE, TWO = ReplicaClient(Path("one")), ReplicaClient(Path("two"))


def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(NotFound, match="no endpoint 'taxi'"):
        Directory().lookup("taxi")


def test_publishing_returns_what_was_served_before() -> None:
    directory = Directory()
    old, new = served("linear", ONE, version="1"), served("linear", TWO, version="2")
    assert directory.publish("linear", old) is None
    assert directory.publish("linear", new) is old
    assert directory.lookup("linear") is new
    assert directory.withdraw("linear") is new
    assert directory.names() == ()
    assert directory.withdraw("linear") is None


def test_an_endpoint_on_hold_says_why() -> None:
    directory = Directory()
    before = served("linear", ONE)
    directory.publish("linear", before)
    assert directory.hold("linear", "Endpoint 'linear' is loading version 4") is before
    with pytest.raises(Unavailable, match="is loading version 4"):
        directory.lookup("linear")
    assert directory.names() == ("linear",)


def test_only_the_served_version_is_found() -> None:
    directory = Directory()
    directory.publish("linear", served("linear", ONE, version="3"))
    assert directory.lookup("linear", "3").model_version == "3"
    with pytest.raises(NotFound, match="serves version '3', not '2'"):
        directory.lookup("linear", "2")


async def test_those_who_wait_hear_of_a_change() -> None:
    directory = Directory()
    waiting = asyncio.create_task(directory.change())
    await asyncio.sleep(0)
    assert not waiting.done()
    directory.hold("linear", "starting")
    await waiting


def test_replicas_take_turns() -> None:
    both = served("linear", ONE, TWO)
    assert [both.pick() for _ in range(4)] == [ONE, TWO, ONE, TWO]
    assert {both.pick(avoid=ONE) for _ in range(4)} == {TWO}
    assert served("linear", ONE).pick(avoid=ONE) is ONE


def test_nothing_can_be_picked_from_nothing() -> None:
    with pytest.raises(Unavailable, match="no live replica"):
        served("linear").pick()
