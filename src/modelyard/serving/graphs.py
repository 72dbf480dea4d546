"""Several endpoints answering as one, as an InferenceGraph wires them."""

import asyncio
import copy
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, ModelyardError, NotFound, Unavailable
from modelyard.domain.graphs import ROOT, Node, RouterType, Step, Wiring
from modelyard.formats import inference, tensors
from modelyard.formats.inference import Encoding, Form, InferenceRequest, InferenceResult, Tensor
from modelyard.formats.kserve import conditions
from modelyard.serving.replica_client import ReplicaLost

Infer = Callable[[str, InferenceRequest, float], Awaitable[InferenceResult]]
"""Asks one endpoint, which has so many seconds to answer."""
_ROUND = 100
_LATER = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """An answer on its way; of an ensemble that was not asked with tensors, `predictions` are its steps' answers.

    Of a transformer that answers in its own way, they are the `whole` of what it said.
    """

    predictions: bytes
    outputs: tuple[Tensor, ...]
    merged: bool = False
    whole: bool = False


class Graph:
    """Answers a request by the nodes of a graph, from its root on; `infer` asks one endpoint.

    What a step gets is the request, or with `$response` the answer of the step before: predictions as instances,
    output tensors as inputs. An ensemble answers with an object of its steps' answers by name.
    """

    def __init__(self, name: str, wiring: Wiring, infer: Infer) -> None:
        self.name = name
        self.wiring = wiring
        self.merges = _merges(wiring, ROOT)
        self._infer = infer
        self._turns = {name: itertools.count() for name in wiring.nodes}

    async def infer(self, request: InferenceRequest, seconds: float) -> Said:
        """Raises NotFound when no step of a Switch applies, DeadlineExceeded, and what its endpoints raise."""
        return await self._at(ROOT, replace(request, wanted=()), time.monotonic() + seconds)

    async def _at(self, name: str, request: InferenceRequest, until: float) -> Said:
        node = self.wiring.nodes[name]
        match node.router:
            case RouterType.SEQUENCE:
                return await self._one_after_the_other(node, request, until)
            case RouterType.SPLITTER:
                turn = next(self._turns[name])
                return await self._step(_in_turn(node.steps, turn), request, until)
            case RouterType.SWITCH:
                return await self._step(_first_that_applies(name, node.steps, request), request, until)
            case RouterType.ENSEMBLE:
                return await self._all(node.steps, request, until)

    async def _step(self, step: Step, request: InferenceRequest, until: float) -> Said:
        return await (self._at(step.node, request, until) if step.node else self._ask(step.service, request, until))

    async def _ask(self, service: str, request: InferenceRequest, until: float) -> Said:
        left = until - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(f"Graph '{self.name}' had no time left to ask '{service}'")
        try:
            answer = await self._infer(service, request, min(left, self.wiring.step_timeout or left))
        except NotFound as error:
            raise Unavailable(f"Graph '{self.name}' needs '{service}': {error.message}", _LATER) from None
        except ReplicaLost as error:  # which would otherwise be taken for the loss of the graph itself
            raise Unavailable(f"Step '{service}': {error.message}", error.retry_after) from None
        except ModelyardError as error:
            raise _of_step(service, error) from error
        return Said(answer.predictions, answer.outputs, whole=answer.whole)

    async def _one_after_the_other(self, node: Node, request: InferenceRequest, until: float) -> Said:
        """A step whose condition the answer before does not meet ends it with that answer.

        A soft step that fails is passed over, unless it is the last one.
        """
        answer: Said | None = None
        failure: ModelyardError | None = None
        for step in node.steps:
            if step.condition and (answer is None or not conditions.holds(step.condition, _told(answer))):
                break
            sent = _as_request(answer, request) if step.response and answer is not None else request
            try:
                answer = await self._step(step, sent, until)
            except ModelyardError as error:
                if not step.soft or step is node.steps[-1]:
                    raise
                failure = error
        if answer is None:
            raise failure or NotFound(f"Graph '{self.name}' asked nobody")
        return answer

    async def _all(self, steps: Sequence[Step], request: InferenceRequest, until: float) -> Said:
        found = await asyncio.gather(*(self._step(step, request, until) for step in steps), return_exceptions=True)
        answers: dict[str, Said] = {}
        for step, one in zip(steps, found, strict=True):
            if isinstance(one, Said):
                answers[step.name] = one
            elif not step.soft or not isinstance(one, ModelyardError):
                raise one
        if not answers:
            raise next(one for one in found if isinstance(one, BaseException))
        return _merged(answers)


def _merges(wiring: Wiring, name: str) -> bool:
    """Whether what comes out of a node is always an ensemble's."""
    node = wiring.nodes[name]
    if node.router is RouterType.ENSEMBLE:
        return True
    in_turn = node.router is RouterType.SEQUENCE
    if in_turn and any(step.condition for step in node.steps):
        return False
    return all(bool(step.node) and _merges(wiring, step.node) for step in (node.steps[-1:] if in_turn else node.steps))


def _of_step(service: str, error: ModelyardError) -> ModelyardError:
    told = copy.copy(error)
    told.message = f"Step '{service}': {error.message}"
    told.args = (told.message,)
    return told


def _in_turn(steps: Sequence[Step], turn: int) -> Step:
    """Exact over every hundred requests, and spread: 37 is without common divisor with 100."""
    place = turn * 37 % _ROUND
    for step in steps:
        place -= step.weight
        if place < 0:
            return step
    return steps[-1]


def _first_that_applies(name: str, steps: Sequence[Step], request: InferenceRequest) -> Step:
    document = _asked(request)
    for step in steps:
        if conditions.holds(step.condition, document):
            return step
    raise NotFound(f"No step of node '{name}' has a condition that holds for this request")


def _asked(request: InferenceRequest) -> object:
    """The request as the JSON document that its sender wrote."""
    if request.form is Form.TENSORS:
        return {"inputs": [_tensor(one) for one in request.tensors]}
    if request.form is Form.DOCUMENT:
        return _plain(request.document)
    if request.form in {Form.CSV, Form.PARQUET}:
        raise InvalidInput("A graph with conditions takes JSON, not files")
    params = {} if request.params is None else {"params": _plain(request.params)}
    return {request.form.value: _plain(request.payload), **params}


def _told(answer: Said) -> object:
    """The answer as the JSON document that an endpoint would write."""
    if answer.outputs:
        return {"outputs": [_tensor(one) for one in answer.outputs]}
    plain = _plain(answer.predictions)
    return plain if answer.merged or answer.whole else {"predictions": plain}


def _tensor(one: Tensor) -> object:
    data = _plain(tensors.written(one, Encoding.JSON).data)
    return {"name": one.name, "shape": list(one.shape), "datatype": one.datatype, "data": data}


def _plain(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None


def _as_request(answer: Said, before: InferenceRequest) -> InferenceRequest:
    headers = before.headers
    if answer.outputs:
        return InferenceRequest(Form.TENSORS, tensors=answer.outputs, encoding=before.encoding, headers=headers)
    if answer.whole:
        return replace(inference.parse_rows(answer.predictions, any_object=True), headers=headers)
    return InferenceRequest(Form.INSTANCES, answer.predictions, positional=True, headers=headers)


def _merged(answers: dict[str, Said]) -> Said:
    outputs = [
        Tensor(f"{name}/{one.name}", one.datatype, one.shape, one.data, one.encoding, one.content_type)
        for name, answer in answers.items()
        for one in answer.outputs
    ]
    parts = (json.dumps(name).encode() + b":" + _whole(answer) for name, answer in answers.items())
    return Said(b"" if outputs else b"{" + b",".join(parts) + b"}", tuple(outputs), merged=not outputs)


def _whole(answer: Said) -> bytes:
    return answer.predictions if answer.merged or answer.whole else b'{"predictions":' + answer.predictions + b"}"
