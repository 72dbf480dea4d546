"""Answers in pieces, of real replicas and through the data plane."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from modelyard.domain.errors import DeadlineExceeded, NotFound, NotSupported, PredictionFailed
from modelyard.formats.inference import InferenceRequest, InferenceResult, Verb, parse_scoring
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import ReplicaClient, ReplicaLost
from modelyard.serving.served import Served
from tests.support.conditions import until
from tests.support.replicas import asking, running, served, shared

SECONDS = 180.0


def prompt(words: str) -> InferenceRequest:
    return parse_scoring(f'{{"prompt": "{words}", "stream": true}}'.encode())


async def heard(client: ReplicaClient, words: str) -> list[bytes]:
    deadline = asyncio.get_running_loop().time() + SECONDS
    return [piece.predictions async for piece in client.stream(prompt(words), deadline)]


def later() -> float:
    return asyncio.get_running_loop().time() + SECONDS


@pytest.fixture
async def talking() -> AsyncIterator[ReplicaClient]:
    async with asking("talking") as (client,):
        yield client


@pytest.fixture
def home() -> Iterator[Path]:
    forget()
    yield shared("talking")
    forget()


def forget() -> None:
    for name in ("waiting", "go", "closed"):
        (shared("talking") / name).unlink(missing_ok=True)


async def test_others_are_answered_between_two_pieces(talking: ReplicaClient) -> None:
    async with (
        aclosing(talking.stream(prompt("a b c"), later())) as one,
        aclosing(talking.stream(prompt("d e"), later())) as other,
    ):
        assert (await anext(one)).predictions == b'"a"'
        assert (await anext(other)).predictions == b'"d"'
        answer = await talking.infer(parse_scoring(b'{"prompt": "x"}'), SECONDS)
        assert (answer.predictions, answer.whole) == (b'{"said": ["x"]}', True)
        assert [piece.predictions async for piece in other] == [b'"e"']
        assert [piece.predictions async for piece in one] == [b'"b"', b'"c"']
    assert talking.in_flight == 0


async def test_no_piece_is_made_before_it_is_wanted(talking: ReplicaClient, home: Path) -> None:
    async with aclosing(talking.stream(prompt("a wait b"), later())) as pieces:
        await anext(pieces)
        await talking.infer(parse_scoring(b'{"prompt": "x"}'), SECONDS)  # in turn, so a second piece would have begun
        assert not (home / "waiting").exists()
    await until((home / "closed").exists)
    assert (home / "closed").read_text() == "0"


async def test_who_leaves_before_the_first_piece_leaves_nothing_open(talking: ReplicaClient, home: Path) -> None:
    pieces = talking.stream(prompt("wait a b"), later())
    first = asyncio.ensure_future(anext(pieces))
    await until((home / "waiting").exists)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert talking.in_flight == 0
    (home / "go").touch()
    await until((home / "closed").exists)
    assert (home / "closed").read_text() == "0"


async def test_pieces_that_are_late_are_waited_for_no_longer(talking: ReplicaClient, home: Path) -> None:
    async with aclosing(talking.stream(prompt("a wait b"), asyncio.get_running_loop().time() + 5)) as pieces:
        await anext(pieces)
        with pytest.raises(DeadlineExceeded, match="not said all within 5 s"):
            await anext(pieces)
    (home / "go").touch()
    assert await heard(talking, "c") == [b'"c"']


async def test_a_failure_ends_the_stream_with_the_models_words(talking: ReplicaClient, home: Path) -> None:
    async with aclosing(talking.stream(prompt("a fail b"), later())) as pieces:
        await anext(pieces)
        with pytest.raises(PredictionFailed, match="lost for words"):
            await anext(pieces)
    assert (home / "closed").exists()
    assert await heard(talking, "b") == [b'"b"']


async def test_a_client_that_is_to_close_hears_its_streams_out() -> None:
    async with asking("talking") as (client,):
        async with aclosing(client.stream(prompt("a b c"), later())) as pieces:
            await anext(pieces)
            client.close()
            with pytest.raises(ReplicaLost):
                await client.infer(prompt("x"), SECONDS)
            assert [piece.predictions async for piece in pieces] == [b'"b"', b'"c"']
        await client.drained()


async def test_a_model_without_pieces_says_so() -> None:
    async with asking("odd") as (client,):
        with pytest.raises(NotSupported, match="predict_stream"):
            await heard(client, "a")


async def test_a_killed_process_ends_its_streams_and_a_first_piece_comes_from_another() -> None:
    seen: list[InferenceRequest | InferenceResult | Exception] = []
    async with running("talking") as doomed, asking("talking") as (other,):
        both = served("talking", doomed.client, other)
        plane = published(both, seen)
        async with aclosing(plane.stream("talking", prompt("a b c"))) as pieces:
            assert (await anext(pieces)).predictions == b'"a"'
            os.kill(doomed.process.pid, signal.SIGKILL)
            await doomed.process.wait()
            with pytest.raises(ReplicaLost):
                await anext(pieces)
        assert both.replicas == (other,)
        assert (both.in_flight, both.statistics.failed) == (0, 1)
        both.put([doomed.client, other])
        said = [piece.predictions async for piece in plane.stream("talking", prompt("a b"))]
        assert said == [b'"a"', b'"b"']
        assert (both.in_flight, both.statistics.retried, both.statistics.answered) == (0, 1, 1)
        assert isinstance(seen[0], ReplicaLost)


async def test_a_stream_is_one_answer_to_those_who_count(talking: ReplicaClient) -> None:
    seen: list[InferenceRequest | InferenceResult | Exception] = []
    one = served("talking", talking)
    plane = published(one, seen)
    pieces = [piece async for piece in plane.stream("talking", prompt("a object"))]
    assert len({piece.prediction_id for piece in pieces}) == 1
    (told,) = seen
    assert isinstance(told, InferenceResult)
    assert (told.predictions, told.prediction_id) == (b'["a",{"word": "object"}]', pieces[0].prediction_id)
    assert (one.statistics.answered, one.in_flight) == (1, 0)
    async with aclosing(plane.stream("talking", prompt("a b"))) as left:
        await anext(left)
    assert (one.statistics.answered, one.in_flight, len(seen)) == (1, 0, 1)


async def test_nobody_streams_who_cannot(talking: ReplicaClient) -> None:
    plane = published(served("talking", talking), [])
    plane.directory.publish("odd", served("odd", talking))
    assert [plane.streams(name) for name in ("talking", "odd", "nobody")] == [True, False, False]
    with pytest.raises(NotSupported, match="one piece only"):
        await anext(plane.stream("odd", prompt("a")))
    with pytest.raises(NotFound):
        await anext(plane.stream("nobody", prompt("a")))


def published(one: Served, seen: list[InferenceRequest | InferenceResult | Exception]) -> DataPlane:
    directory = Directory()
    directory.publish("talking", one)

    def note(_: Served, request: InferenceRequest, outcome: InferenceResult | Exception, __: float) -> None:
        assert request.verb is Verb.STREAM
        seen.append(outcome)

    return DataPlane(directory, on_answer=note)
