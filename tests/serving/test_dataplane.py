import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.formats.inference import InferenceResult, parse_json
from modelyard.serving.dataplane import DataPlane, Limits
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import ReplicaClient
from tests.support.replicas import asking, running, served

REQUEST = parse_json(b'{"inputs": {"a": [1]}}')
ANSWER = b'[{"value": 1.0, "label": "x"}]'


@pytest.fixture
async def live() -> AsyncIterator[ReplicaClient]:
    async with asking("odd") as (client,):
        yield client


@pytest.fixture
def gone() -> ReplicaClient:
    return ReplicaClient(Path("nobody-listens-here"))


async def held(request: asyncio.Task[InferenceResult]) -> bool:
    done, _ = await asyncio.wait({request}, timeout=0.05)
    return not done


async def test_the_answer_says_who_gave_it(live: ReplicaClient) -> None:
    directory = Directory()
    plane = DataPlane(directory)
    with pytest.raises(NotFound):
        await plane.infer("odd", REQUEST)
    directory.publish("odd", served("odd", live, version="7"))
    result = await plane.infer("odd", REQUEST)
    assert (result.endpoint, result.model_version, result.predictions) == ("odd", "7", ANSWER)
    with pytest.raises(NotFound):
        await plane.infer("odd", REQUEST, version="6")


async def test_a_killed_replicas_requests_go_to_its_neighbour(live: ReplicaClient) -> None:
    async with running("odd") as victim:
        directory = Directory()
        directory.publish("odd", served("odd", victim.client, live))
        plane = DataPlane(directory, Limits(hold=0.1))
        assert (await plane.infer("odd", REQUEST)).predictions == ANSWER
        requests = [asyncio.create_task(plane.infer("odd", REQUEST)) for _ in range(50)]
        os.kill(victim.process.pid, signal.SIGKILL)
        await victim.process.wait()
        requests += [asyncio.create_task(plane.infer("odd", REQUEST)) for _ in range(50)]
        assert {answer.predictions for answer in await asyncio.gather(*requests)} == {ANSWER}


async def test_without_a_neighbour_the_successor_is_waited_for(live: ReplicaClient, gone: ReplicaClient) -> None:
    directory = Directory()
    directory.publish("odd", served("odd", gone, version="1"))
    request = asyncio.create_task(DataPlane(directory).infer("odd", REQUEST))
    assert await held(request)
    directory.hold("odd", "Endpoint 'odd' is restarting")
    assert await held(request)
    directory.publish("odd", served("odd", live, version="2"))
    assert (await request).model_version == "2"


async def test_a_successor_that_does_not_come_is_not_waited_for_longer_than_the_hold(gone: ReplicaClient) -> None:
    directory = Directory()
    directory.publish("odd", served("odd", gone))
    with pytest.raises(Unavailable, match="has no other yet"):
        await DataPlane(directory, Limits(hold=0.01)).infer("odd", REQUEST)


async def test_an_endpoint_withdrawn_while_it_is_waited_for_is_not_found(gone: ReplicaClient) -> None:
    directory = Directory()
    directory.publish("odd", served("odd", gone))
    request = asyncio.create_task(DataPlane(directory).infer("odd", REQUEST))
    assert await held(request)
    directory.withdraw("odd")
    with pytest.raises(NotFound):
        await request


async def test_a_prediction_is_made_once_more_and_no_oftener(gone: ReplicaClient) -> None:
    directory = Directory()
    directory.publish("odd", served("odd", gone, ReplicaClient(Path("nor-here"))))
    with pytest.raises(Unavailable, match="process ended before it answered"):
        await DataPlane(directory).infer("odd", REQUEST)
