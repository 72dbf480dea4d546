"""Several endpoints answering as one, as an InferenceGraph wires them."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.formats.inference import Form, InferenceRequest, InferenceResult, Tensor
from modelyard.formats.kserve import conditions
from modelyard.formats.kserve.inference_graph import ROOT, InferenceGraph, Node, RouterType, Step

Infer = Callable[[str, InferenceRequest], Awaitable[InferenceResult]]
_ROUND = 100


class Graph:
    """Answers a request by the nodes of a graph, from its root on; `infer` asks one endpoint.

    What a step gets is the request, or with `$response` the answer of the step before: predictions as instances,
    output tensors as inputs. An ensemble answers with an object of its steps' answers by name.
    """

    def __init__(self, graph: InferenceGraph, infer: Infer) -> None:
        self.name = graph.name
        self._nodes = graph.nodes
        self._infer = infer
        self._turns = {name: itertools.count() for name in graph.nodes}

    async def infer(self, request: InferenceRequest) -> InferenceResult:
        """Raises NotFound when no step of a Switch applies, and what its endpoints raise."""
        answer = await self._at(ROOT, request)
        return InferenceResult(self.name, "", answer.predictions, answer.outputs)

    async def _at(self, name: str, request: InferenceRequest) -> InferenceResult:
        node = self._nodes[name]
        match node.router:
            case RouterType.SEQUENCE:
                return await self._one_after_the_other(node, request)
            case RouterType.SPLITTER:
                turn = next(self._turns[name])
                return await self._step(_in_turn(node.steps, turn), request)
            case RouterType.SWITCH:
                return await self._step(_first_that_applies(name, node.steps, request), request)
            case RouterType.ENSEMBLE:
                return await self._all(node.steps, request)

    async def _step(self, step: Step, request: InferenceRequest) -> InferenceResult:
        return await (self._at(step.node, request) if step.node else self._infer(step.service, request))

    async def _one_after_the_other(self, node: Node, request: InferenceRequest) -> InferenceResult:
        """A step whose condition does not hold ends it with the answer so far; a soft one that fails is passed over."""
        answer: InferenceResult | None = None
        failure: ModelyardError | None = None
        for step in node.steps:
            sent = request if answer is None or not step.response else _as_request(answer)
            if step.condition and not conditions.holds(step.condition, _document(sent)):
                break
            try:
                answer = await self._step(step, sent)
            except ModelyardError as error:
                if not step.soft or step is node.steps[-1]:
                    raise
                failure = error
        if answer is None:
            raise failure or NotFound(f"Graph '{self.name}': the condition of its first step does not hold")
        return answer

    async def _all(self, steps: Sequence[Step], request: InferenceRequest) -> InferenceResult:
        found = await asyncio.gather(*(self._step(step, request) for step in steps), return_exceptions=True)
        answers: dict[str, InferenceResult] = {}
        for step, one in zip(steps, found, strict=True):
            if isinstance(one, InferenceResult):
                answers[step.name] = one
            elif not step.soft or not isinstance(one, ModelyardError):
                raise one
        if not answers:
            raise next(one for one in found if isinstance(one, BaseException))
        return _merged(answers)


def _in_turn(steps: Sequence[Step], turn: int) -> Step:
    """Exact over every hundred requests, and spread: 37 is without common divisor with 100."""
    place = turn * 37 % _ROUND
    for step in steps:
        place -= step.weight
        if place < 0:
            return step
    return steps[-1]


def _first_that_applies(name: str, steps: Sequence[Step], request: InferenceRequest) -> Step:
    document = _document(request)
    for step in steps:
        if conditions.holds(step.condition, document):
            return step
    raise NotFound(f"No step of node '{name}' has a condition that holds for this request")


def _document(request: InferenceRequest) -> object:
    """The request as the JSON document that its sender wrote."""
    if request.form is Form.TENSORS:
        tensors = [
            {"name": one.name, "shape": list(one.shape), "datatype": one.datatype, "data": _plain(one.data)}
            for one in request.tensors
        ]
        return {"inputs": tensors}
    if request.form in {Form.CSV, Form.PARQUET}:
        raise InvalidInput("A graph with conditions takes JSON, not files")
    params = {} if request.params is None else {"params": _plain(request.params)}
    return {request.form.value: _plain(request.payload), **params}


def _plain(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None


def _as_request(answer: InferenceResult) -> InferenceRequest:
    if answer.outputs:
        return InferenceRequest(Form.TENSORS, tensors=answer.outputs)
    return InferenceRequest(Form.INSTANCES, answer.predictions, positional=True)


def _merged(answers: dict[str, InferenceResult]) -> InferenceResult:
    outputs = [
        Tensor(f"{name}/{one.name}", one.datatype, one.shape, one.data, one.encoding)
        for name, answer in answers.items()
        for one in answer.outputs
    ]
    parts = (json.dumps(name).encode() + b":" + answer.predictions for name, answer in answers.items())
    predictions = b"" if outputs else b"{" + b",".join(parts) + b"}"
    return InferenceResult("", "", predictions, tuple(outputs))
