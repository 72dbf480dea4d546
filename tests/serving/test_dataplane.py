import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.domain.errors import (
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    Overloaded,
    PredictionFailed,
    Unavailable,
)
from modelyard.domain.serving_options import LONGEST_TIMEOUT, Scaling, ServingOptions
from modelyard.formats.inference import Hints, InferenceRequest, InferenceResult, parse_json
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import Prediction, ReplicaClient
from modelyard.serving.routes import Route
from modelyard.serving.served import Answer, Served
from tests.support.answering import ROW, Answering, gone, revision
from tests.support.replicas import asking, running, served

REQUEST = parse_json(b'{"inputs": {"a": [1]}}')
ANSWER = b'[{"value": 1.0, "label": "x"}]'


@pytest.fixture
async def live() -> AsyncIterator[ReplicaClient]:
    async with asking("odd") as (client,):
        yield client


def plane(*one: Served, limits: Limits | None = None) -> DataPlane:
    directory = Directory()
    directory.publish("taxi", Route("taxi", [(served, 100 // len(one)) for served in one]))
    return DataPlane(directory, limits)


async def held(request: asyncio.Task[InferenceResult]) -> bool:
    done, _ = await asyncio.wait({request}, timeout=0.05)
    return not done


async def test_the_answer_says_who_gave_it(live: ReplicaClient) -> None:
    directory = Directory()
    asked = DataPlane(directory)
    with pytest.raises(NotFound):
        await asked.infer("odd", REQUEST)
    directory.publish("odd", served("odd", live, version="7"))
    result = await asked.infer("odd", REQUEST, hints=Hints(prediction_id="mine"))
    assert (result.endpoint, result.model_version, result.predictions) == ("odd", "7", ANSWER)
    assert result.prediction_id == "mine"
    with pytest.raises(NotFound):
        await asked.infer("odd", REQUEST, version="6")


async def test_a_killed_replicas_requests_go_to_its_neighbour(live: ReplicaClient) -> None:
    async with running("odd") as victim:
        directory = Directory()
        directory.publish("odd", served("odd", victim.client, live))
        asked = DataPlane(directory, Limits(hold=0.1))
        assert (await asked.infer("odd", REQUEST)).predictions == ANSWER
        requests = [asyncio.create_task(asked.infer("odd", REQUEST)) for _ in range(50)]
        os.kill(victim.process.pid, signal.SIGKILL)
        await victim.process.wait()
        requests += [asyncio.create_task(asked.infer("odd", REQUEST)) for _ in range(50)]
        assert {answer.predictions for answer in await asyncio.gather(*requests)} == {ANSWER}


async def test_nobody_who_listens_is_as_good_as_lost(live: ReplicaClient) -> None:
    directory = Directory()
    directory.publish("odd", served("odd", ReplicaClient(Path("nobody-listens-here")), live))
    assert (await DataPlane(directory).infer("odd", REQUEST)).predictions == ANSWER


async def test_without_a_neighbour_the_successor_is_waited_for() -> None:
    asked = plane(revision(1, gone()))
    request = asyncio.create_task(asked.infer("taxi", ROW))
    assert await held(request)
    asked.directory.hold("taxi", "Endpoint 'taxi' is restarting")
    assert await held(request)
    asked.directory.publish("taxi", revision(2, Answering()))
    assert (await request).model_version == "20"


async def test_a_replica_that_comes_back_answers_those_who_wait() -> None:
    lost = revision(1, gone())
    request = asyncio.create_task(plane(lost).infer("taxi", ROW))
    assert await held(request)
    lost.put([Answering(b"[3]")])
    assert (await request).predictions == b"[3]"


async def test_what_is_told_of_a_model_does_not_need_its_process() -> None:
    lost = revision(1)
    asked = plane(lost)
    assert await asked.described("taxi", None) is await asked.described("taxi", "10") is lost
    with pytest.raises(NotFound):
        await asked.described("taxi", "20")
    with pytest.raises(NotFound):
        await asked.described("nobody", None)


async def test_a_successor_that_does_not_come_is_not_waited_for_longer_than_the_hold() -> None:
    with pytest.raises(Unavailable, match="no process of its model running yet"):
        await plane(revision(1, gone()), limits=Limits(hold=0.01)).infer("taxi", ROW)


async def test_whoever_has_too_little_time_left_after_a_loss_is_told_of_the_loss() -> None:
    late = Answering(DeadlineExceeded("The model did not answer within 0.02 s"))
    lost = revision(1, gone(), late)
    with pytest.raises(Unavailable, match="process ended before it answered"):
        await plane(lost).infer("taxi", ROW)
    assert (late.asked, lost.statistics.retried) == (1, 1)
    with pytest.raises(DeadlineExceeded):
        await plane(lost).infer("taxi", ROW)


async def test_an_endpoint_withdrawn_while_it_is_waited_for_is_not_found() -> None:
    asked = plane(revision(1, gone()))
    request = asyncio.create_task(asked.infer("taxi", ROW))
    assert await held(request)
    asked.directory.withdraw("taxi")
    with pytest.raises(NotFound):
        await request


async def test_a_prediction_is_made_once_more_and_no_oftener() -> None:
    clients = [gone(), gone(), Answering()]
    with pytest.raises(Unavailable, match="process ended before it answered"):
        await plane(revision(1, *clients)).infer("taxi", ROW)
    assert sorted(client.asked for client in clients) == [0, 1, 1]


async def test_what_the_model_says_is_not_asked_twice() -> None:
    client = Answering(PredictionFailed("thirteen"))
    asked = plane(one := revision(1, client))
    with pytest.raises(PredictionFailed):
        await asked.infer("taxi", ROW)
    client.answer = InvalidInput("no such column")
    with pytest.raises(InvalidInput):
        await asked.infer("taxi", ROW)
    assert client.asked == 2
    assert (one.statistics.failed, one.statistics.refused) == (1, 1)


async def test_hints_choose_the_revision() -> None:
    asked = plane(revision(1, Answering()), revision(2, Answering()))
    for number in (1, 2):
        hints = Hints(revision=number)
        assert {(await asked.infer("taxi", ROW, None, hints)).revision for _ in range(10)} == {number}
    sticky = [await asked.infer("taxi", ROW, None, Hints(sticky="customer-7")) for _ in range(10)]
    assert len({answer.revision for answer in sticky}) == 1
    assert {(await asked.infer("taxi", ROW)).revision for _ in range(50)} == {1, 2}


async def test_the_shortest_of_all_limits_is_the_deadline() -> None:
    client = Answering()
    one = revision(1, client, options=ServingOptions(timeout=20.0))
    for limits, hints in (
        (Limits(timeout=10), Hints()),
        (Limits(), Hints()),
        (Limits(), Hints(seconds=5)),
        (Limits(timeout=2), Hints(seconds=100)),
    ):
        await plane(one, limits=limits).infer("taxi", ROW, None, hints)
    assert client.seconds == [10, 20, 5, 2]


async def test_an_endpoint_may_have_the_longest_time_that_there_is() -> None:
    client = Answering()
    one = revision(1, client, options=ServingOptions(timeout=LONGEST_TIMEOUT))
    for hints in (Hints(), Hints(seconds=600.0), Hints(seconds=2 * LONGEST_TIMEOUT)):
        await plane(one).infer("taxi", ROW, None, hints)
    assert client.seconds == [LONGEST_TIMEOUT, 600, LONGEST_TIMEOUT]


async def test_time_spent_waiting_is_not_given_again() -> None:
    client = Answering(goes=False)
    one = revision(1, client, options=ServingOptions(scaling=Scaling(limit=1)))
    asked = plane(one)
    first = asyncio.create_task(asked.infer("taxi", ROW))
    assert await held(first)
    with pytest.raises(DeadlineExceeded):
        await asked.infer("taxi", ROW, None, Hints(seconds=0.01))
    client.go.set()
    await first
    assert client.asked == 1, "who gave up is not asked for"


async def test_callers_of_a_full_endpoint_are_told_so_and_nothing_is_lost() -> None:
    client = Answering(goes=False)
    one = revision(1, client, options=ServingOptions(scaling=Scaling(limit=2, queue=3)))
    asked = plane(one)
    requests = [asyncio.create_task(asked.infer("taxi", ROW)) for _ in range(8)]
    await asyncio.sleep(0)
    client.go.set()
    answers = await asyncio.gather(*requests, return_exceptions=True)
    assert sum(isinstance(answer, InferenceResult) for answer in answers) == 5
    assert sum(isinstance(answer, Overloaded) for answer in answers) == 3
    assert (one.statistics.answered, one.statistics.shed) == (5, 3)
    assert one.idle


async def test_who_leaves_while_waiting_is_not_asked_for() -> None:
    client = Answering(goes=False)
    one = revision(1, client, options=ServingOptions(scaling=Scaling(limit=1)))
    asked = plane(one)
    requests = [asyncio.create_task(asked.infer("taxi", ROW)) for _ in range(3)]
    await asyncio.sleep(0)
    requests[1].cancel()
    client.go.set()
    await asyncio.gather(*requests, return_exceptions=True)
    assert (client.asked, one.idle) == (2, True)


async def test_what_can_be_answered_here_needs_no_replica() -> None:
    def inline(request: InferenceRequest) -> Answer | None:
        return Prediction(b"[here]", ()) if request is ROW else None

    client = Answering(b"[there]")
    one = revision(1, client)
    one.inline = inline
    asked = plane(one)
    assert [(await asked.infer("taxi", request)).predictions for request in (ROW, REQUEST)] == [b"[here]", b"[there]"]
    assert (client.asked, one.statistics.answered) == (1, 2)


async def test_every_answer_and_error_is_told() -> None:
    told: list[tuple[int, InferenceRequest, InferenceResult | Exception, float]] = []
    client = Answering()
    asked = plane(revision(1, client))
    asked.on_answer = lambda served, *rest: told.append((served.revision, *rest))
    result = await asked.infer("taxi", ROW)
    client.answer = PredictionFailed("no")
    with pytest.raises(PredictionFailed):
        await asked.infer("taxi", ROW)
    assert [(number, request, came) for number, request, came, _ in told] == [
        (1, ROW, result),
        (1, ROW, client.answer),
    ]
    assert all(seconds >= 0 for *_, seconds in told)
