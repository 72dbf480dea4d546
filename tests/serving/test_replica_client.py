import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, TooLarge, Unavailable
from modelyard.formats.inference import InferenceRequest, parse_json
from modelyard.serving.replica_client import ReplicaClient, ReplicaLost
from modelyard.serving.shim import frames
from tests.support.conditions import until
from tests.support.replicas import DIE, LOADING, WAIT, asking, running, shared, start

SECONDS = 180.0
ANY = parse_json(b'{"inputs": {"a": [1]}}')


def wants(value: float) -> InferenceRequest:
    return parse_json(f'{{"inputs": {{"a": [{value}]}}}}'.encode())


@pytest.fixture
async def odd() -> AsyncIterator[ReplicaClient]:
    async with asking("odd") as (client,):
        yield client


@pytest.fixture
def home() -> Iterator[Path]:
    """Where the odd model says that it waits, and where it is told to go on."""
    forget()
    yield shared("odd")
    forget()


def forget() -> None:
    for name in ("waiting", "go"):
        (shared("odd") / name).unlink(missing_ok=True)


async def test_a_killed_replica_is_lost_and_its_successor_is_found() -> None:
    async with running("odd") as replica:
        client = replica.client
        await client.infer(ANY, SECONDS)
        os.kill(replica.process.pid, signal.SIGKILL)
        assert await replica.process.wait() == -signal.SIGKILL
        with pytest.raises(ReplicaLost):
            await client.infer(ANY, SECONDS)
        successor = await start("odd", replica.home)
        await client.until_listening(LOADING)
        assert (await client.infer(ANY, SECONDS)).predictions == b'[{"value": 1.0, "label": "x"}]'
        with pytest.raises(ReplicaLost):
            await client.infer(wants(DIE), SECONDS)
        assert await successor.wait() == 9


async def test_a_late_answer_is_not_given_to_the_next_request(odd: ReplicaClient, home: Path) -> None:
    with pytest.raises(DeadlineExceeded, match=r"within 0\.2 s"):
        await odd.infer(wants(WAIT), 0.2)
    assert await odd.healthy()
    (home / "go").touch()
    answer = await odd.infer(wants(3), SECONDS)
    assert answer.predictions == b'[{"value": 3.0, "label": "x"}]'


async def test_what_is_in_flight_is_counted_until_it_is_answered(odd: ReplicaClient, home: Path) -> None:
    await odd.drained()
    request = asyncio.create_task(odd.infer(wants(WAIT), SECONDS))
    await until((home / "waiting").exists)
    drained = asyncio.create_task(odd.drained())
    assert odd.in_flight == 1
    (home / "go").touch()
    await drained
    assert (await request).predictions
    assert odd.in_flight == 0


async def test_more_requests_than_may_wait_are_refused(odd: ReplicaClient, home: Path) -> None:
    client = ReplicaClient(odd.socket, waiting=2)
    requests = [asyncio.create_task(client.infer(wants(WAIT), SECONDS)) for _ in range(2)]
    await until(lambda: client.in_flight == 2)
    with pytest.raises(Unavailable, match="2 requests wait"):
        await client.infer(ANY, SECONDS)
    (home / "go").touch()
    await asyncio.gather(*requests)
    client.close()
    with pytest.raises(ReplicaLost, match="replaced"):
        await client.infer(ANY, SECONDS)


async def test_a_request_over_the_frame_limit_is_refused_here(odd: ReplicaClient) -> None:
    params = b'"' + b"x" * frames.HEADER_LIMIT + b'"'
    request = parse_json(b'{"inputs": [1], "params": ' + params + b"}")
    with pytest.raises(TooLarge):
        await odd.infer(request, SECONDS)


async def test_a_socket_that_is_not_there_yet_is_waited_for_no_longer_than_allowed(tmp_path: Path) -> None:
    with pytest.raises(DeadlineExceeded, match=r"not loaded within 0\.05 s"):
        await ReplicaClient(Path("nobody-listens-here")).until_listening(0.05)


def test_a_path_too_long_for_a_socket_is_refused() -> None:
    with pytest.raises(InvalidInput, match="shorter directory"):
        ReplicaClient(Path("/" + "x" * 120))
