"""Asking shadows what was answered already, and comparing: never in anybody's way."""

import asyncio
import json
import math
import time

from modelyard.domain.errors import InvalidInput, ModelyardError, TooLarge
from modelyard.formats.inference import Encoding, InferenceRequest, InferenceResult, Tensor
from modelyard.serving.replica_client import ReplicaLost
from modelyard.serving.served import Answer, Served

AT_ONCE = 64
WORTH_READING = 65_536
"""Bytes: answers that differ and are longer are not read number by number."""
NEARLY = 1e-6


class Shadows:
    """Copies requests to revisions whose answers nobody sees."""

    def __init__(self) -> None:
        self._asking: set[asyncio.Task[None]] = set()

    def ask(self, served: Served, request: InferenceRequest, answered: InferenceResult) -> None:
        """Returns at once; when too many are being asked already, this one is left out."""
        if len(self._asking) >= AT_ONCE:
            served.statistics.compared.dropped += 1
            return
        task = asyncio.create_task(_ask(served, request, answered))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def __len__(self) -> int:
        return len(self._asking)


async def _ask(served: Served, request: InferenceRequest, answered: InferenceResult) -> None:
    statistics = served.statistics
    started = time.monotonic()
    try:
        lane = served.take()
        if lane is None:
            statistics.compared.dropped += 1
            if served.wake is not None:
                served.wake()
            return
        try:
            answer = await lane.client.infer(request, served.options.timeout)
        except ReplicaLost:
            served.drop(lane)
            raise
        finally:
            served.give_back(lane)
    except ModelyardError as error:
        statistics.compared.failed += 1
        if isinstance(error, InvalidInput | TooLarge):
            statistics.refuse(time.monotonic())
        else:
            statistics.fail(time.monotonic())
        return
    now = time.monotonic()
    statistics.answer(now, now - started)
    if same(answer, answered):
        statistics.compared.equal += 1
    else:
        statistics.compared.different += 1


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same, numbers to a millionth part."""
    if len(one.outputs) != len(other.outputs) or not _same_text(one.predictions, other.predictions):
        return False
    return all(_same_tensor(ours, theirs) for ours, theirs in zip(one.outputs, other.outputs, strict=True))


def _same_tensor(one: Tensor, other: Tensor) -> bool:
    alike = (one.name, one.datatype, one.shape, one.encoding) == (
        other.name,
        other.datatype,
        other.shape,
        other.encoding,
    )
    if one.encoding is Encoding.JSON:
        return alike and _same_text(one.data, other.data)
    return alike and one.data == other.data


def _same_text(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    if max(len(one), len(other)) > WORTH_READING:
        return False
    try:
        return _alike(json.loads(one), json.loads(other))
    except (ValueError, RecursionError):
        return False


def _alike(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=NEARLY, abs_tol=NEARLY) or (one != one and other != other)  # noqa: PLR0124
    return one == other
