"""What waits while the model is busy is predicted together, and nobody can tell but by the clock."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Self

import pytest

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, PredictionFailed
from modelyard.domain.serving_options import Batching, ServingOptions, Switch
from modelyard.formats.inference import InferenceRequest, Verb, parse_json
from modelyard.serving.replica_client import Prediction
from tests.support.conditions import until
from tests.support.replicas import Replica, running
from tests.support.saved_models import flavored

SECONDS = 180.0
RAISE, EXTRA, WAIT = 13.0, 22.0, 7.0  # as in tests/support/crowd_model.py, which needs mlflow
MOST_ROWS = 6
TOGETHER = ServingOptions(batching=Batching(Switch.ON, most_rows=MOST_ROWS))


@pytest.fixture
async def crowd() -> AsyncIterator[Replica]:
    async with running(flavored() / "crowd", TOGETHER) as replica:
        yield replica


def asks(*rows: object) -> InferenceRequest:
    return parse_json(json.dumps({"dataframe_split": {"columns": ["a"], "data": [[row] for row in rows]}}).encode())


class Busy:
    """While it is entered the model predicts something else; on leaving, it comes to what was asked meanwhile."""

    def __init__(self, crowd: Replica) -> None:
        self._crowd = crowd
        self.asked: list[asyncio.Task[Prediction]] = []

    async def __aenter__(self) -> Self:
        self._first = asyncio.create_task(self._crowd.client.infer(asks(WAIT), SECONDS))
        await until((self._crowd.home / "waiting").exists)
        return self

    async def ask(self, request: InferenceRequest, seconds: float = SECONDS) -> None:
        """Goes on when it has been sent, so that requests come in the order they are asked."""
        before = self._crowd.client.in_flight
        self.asked.append(asyncio.create_task(self._crowd.client.infer(request, seconds)))
        await until(lambda: self._crowd.client.in_flight > before)

    async def __aexit__(self, *_: object) -> None:
        (self._crowd.home / "go").touch()
        await self._first

    async def answers(self) -> list[object]:
        """What each was answered, or the error that it got."""
        found = await asyncio.gather(*self.asked, return_exceptions=True)
        return [json.loads(one.predictions) if isinstance(one, Prediction) else one for one in found]


async def test_what_waits_is_predicted_together_up_to_so_many_rows(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        for rows in ((1,), (1, 2), (1, 2, 3), (1,), tuple(range(30, 40)), (1, 1)):
            await busy.ask(asks(*rows))
    assert await busy.answers() == [[6], [6, 6], [6, 6, 6], [3], [10] * 10, [3, 3]]
    said = await crowd.client.describe()
    assert (said.asked, said.predicted) == (7, 4)


async def test_a_request_that_comes_alone_is_predicted_alone(crowd: Replica) -> None:
    for _ in range(3):
        answer = await crowd.client.infer(asks(1), SECONDS)
        assert answer.predictions == b"[1]"


async def test_a_wrong_request_joins_nobody_and_fails_nobody(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        await busy.ask(asks(1))
        await busy.ask(asks("zwei"))
        await busy.ask(parse_json(b'{"dataframe_records": [{"b": 1}]}'))
        await busy.ask(asks(3))
    first, second, third, fourth = await busy.answers()
    assert (first, fourth) == ([2], [2])
    assert isinstance(second, InvalidInput)
    assert "'a' must be double" in str(second)
    assert isinstance(third, InvalidInput)
    assert "Column 'a' is missing" in str(third)


async def test_a_request_that_the_model_fails_on_does_not_fail_its_neighbours(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        for value in (1, RAISE, 2):
            await busy.ask(asks(value))
    first, second, third = await busy.answers()
    assert (first, third) == ([1], [1])
    assert isinstance(second, PredictionFailed)
    assert "thirteen is not served" in str(second)
    assert (await crowd.client.describe()).batching is True


async def test_a_model_that_miscounts_is_asked_one_by_one_from_then_on(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        for value in (1, EXTRA, 2):
            await busy.ask(asks(value))
    assert await busy.answers() == [[1], [1, 1], [1]]
    said = await crowd.client.describe()
    assert said.batching is False
    assert "answered 3 rows with 4" in said.runtime


async def test_requests_that_differ_in_params_or_columns_do_not_join(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        await busy.ask(asks(1))
        await busy.ask(parse_json(b'{"dataframe_records": [{"a": 1, "b": 2}]}'))
        await busy.ask(parse_json(b'{"dataframe_split": {"columns": ["a"], "data": [[1]], "index": [7]}}'))
        await busy.ask(parse_json(b'{"dataframe_records": [{"a": 1}], "params": {"x": 1}}'))
        await busy.ask(asks(1))
    assert await busy.answers() == [[2], [1], [1], [1], [2]]


async def test_what_nobody_waits_for_any_more_is_not_predicted(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        await busy.ask(asks(1))
        await busy.ask(asks(2), seconds=0.05)
        await busy.ask(asks(3))
        with pytest.raises(DeadlineExceeded):
            await busy.asked[1]
        busy.asked[2].cancel()
        await asyncio.wait(busy.asked[2:])
        await busy.ask(asks(4))
    answers = await busy.answers()
    assert (answers[0], answers[3]) == ([2], [2])
    assert (await crowd.client.describe()).asked == 3


async def test_a_caller_that_is_gone_takes_its_requests_with_it(crowd: Replica) -> None:
    async with Busy(crowd) as busy:
        await busy.ask(asks(1))
        gone = type(crowd.client)(crowd.client.socket)
        abandoned = asyncio.create_task(gone.infer(asks(2), SECONDS))
        await until(lambda: gone.in_flight == 1 and gone._link is not None)
        await asyncio.sleep(0)  # it writes in the turn after it has connected
        assert gone._link is not None
        gone._link.close()
        await asyncio.wait([abandoned])
        assert abandoned.exception() is not None
    assert await busy.answers() == [[1]]


async def test_health_is_told_while_the_model_predicts(crowd: Replica) -> None:
    async with Busy(crowd):
        assert await crowd.client.healthy()


async def test_generic_code_is_asked_one_by_one_unless_told_otherwise() -> None:
    async with running(flavored() / "crowd") as replica:
        async with Busy(replica) as busy:
            for _ in range(3):
                await busy.ask(asks(1))
        assert await busy.answers() == [[1], [1], [1]]
        assert "its rows may depend on each other" in (await replica.client.describe()).runtime


async def test_an_explanation_is_what_the_model_makes_of_it(crowd: Replica) -> None:
    body = {"dataframe_records": [{"a": 1.5}]}
    request = parse_json(json.dumps(body).encode())
    answer = await crowd.client.infer(explained(request), SECONDS)
    assert json.loads(answer.predictions) == {"a": [3.0]}
    with pytest.raises(InvalidInput, match="Column 'a' is missing"):
        await crowd.client.infer(explained(parse_json(b'{"dataframe_records": [{"b": 1}]}')), SECONDS)


def explained(request: InferenceRequest) -> InferenceRequest:
    return replace(request, verb=Verb.EXPLAIN)
