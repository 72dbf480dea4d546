import asyncio
import json
from collections.abc import Sequence

import pytest

from modelyard.domain.errors import PredictionFailed
from modelyard.domain.serving_options import Scaling, ServingOptions
from modelyard.formats.inference import Encoding, InferenceResult, Tensor
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Directory
from modelyard.serving.replica_client import Prediction
from modelyard.serving.routes import Route
from modelyard.serving.served import Served
from modelyard.serving.shadows import AT_ONCE, same
from tests.support.answering import ROW, Answering, gone, revision
from tests.support.conditions import until


def plane(main: Served, *shadows: tuple[Served, int]) -> DataPlane:
    directory = Directory()
    directory.publish("taxi", Route("taxi", [(main, 100)], shadows))
    return DataPlane(directory)


async def ask(asked: DataPlane, times: int) -> Sequence[InferenceResult]:
    answers = []
    for _ in range(times):
        answers.append(await asked.infer("taxi", ROW))
        await asyncio.sleep(0)
    await until(lambda: not len(asked.shadows))
    return answers


async def test_a_shadow_is_asked_and_compared_and_its_answers_are_never_returned() -> None:
    equal, other, failing = Answering(b"[1.0]"), Answering(b"[2.0]"), Answering(PredictionFailed("no"))
    shadows = [revision(number, client) for number, client in enumerate((equal, other, failing, gone()), 2)]
    asked = plane(revision(1, Answering(b"[1.0]")), *((shadow, 100) for shadow in shadows))
    answers = await ask(asked, 20)
    assert {(answer.predictions, answer.revision) for answer in answers} == {(b"[1.0]", 1)}
    seen = [shadow.statistics.compared for shadow in shadows]
    assert (seen[0].equal, seen[1].different, seen[2].failed) == (20, 20, 20)
    assert seen[3].failed + seen[3].dropped == 20
    assert [shadow.statistics.answered for shadow in shadows] == [20, 20, 0, 0]


async def test_a_shadow_is_asked_as_often_as_its_weight_says() -> None:
    client = Answering()
    await ask(plane(revision(1, Answering()), (revision(2, client), 25)), 400)
    assert abs(client.asked - 100) <= 2


async def test_a_slow_shadow_holds_up_nobody_and_is_left_out_when_it_lags() -> None:
    slow = Answering(goes=False)
    shadow = revision(2, slow)
    asked = plane(revision(1, Answering()), (shadow, 100))
    for _ in range(AT_ONCE + 10):
        await asked.infer("taxi", ROW)
    assert len(asked.shadows) == AT_ONCE
    assert shadow.statistics.compared.dropped == 10
    slow.go.set()
    await until(lambda: not len(asked.shadows))
    assert shadow.statistics.compared.equal == AT_ONCE


async def test_a_full_shadow_is_left_out() -> None:
    slow = Answering(goes=False)
    shadow = revision(2, slow, options=ServingOptions(scaling=Scaling(limit=1)))
    asked = plane(revision(1, Answering()), (shadow, 100))
    for _ in range(3):
        await asked.infer("taxi", ROW)
    await asyncio.sleep(0)
    slow.go.set()
    await until(lambda: not len(asked.shadows))
    assert (slow.asked, shadow.statistics.compared.dropped) == (1, 2)


def tensor(data: bytes, encoding: Encoding = Encoding.JSON, name: str = "x") -> Prediction:
    return Prediction(b"", (Tensor(name, "FP64", (1,), data, encoding),))


def text(value: object) -> Prediction:
    return Prediction(json.dumps(value).encode(), ())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (text([1.0, {"a": "b"}]), text([1.0 + 1e-9, {"a": "b"}]), True),
        (text([1.0]), text([1.01]), False),
        (text([1.0]), text([1.0, 2.0]), False),
        (text(["a"]), text(["b"]), False),
        (text({"a": 1.5}), text({"b": 1.5}), False),
        (text([float("nan")]), Prediction(b"[ NaN]", ()), True),
        (Prediction(b"[1", ()), text([1]), False),
        (text([0.5] * 20_000), text([0.5] * 19_999 + [0.5 + 1e-9]), False),
        (tensor(b"[1.0]"), tensor(b"[1.00]"), True),
        (tensor(b"[1.0]"), tensor(b"[1.0]", name="y"), False),
        (tensor(b"\1", Encoding.RAW), tensor(b"\2", Encoding.RAW), False),
        (tensor(b"\1", Encoding.RAW), tensor(b"\1", Encoding.RAW), True),
        (tensor(b"[1]"), Prediction(b"", ()), False),
    ],
)
def test_answers_are_the_same_when_their_numbers_are(one: Prediction, other: Prediction, expected: bool) -> None:  # noqa: FBT001
    assert same(one, other) is expected
