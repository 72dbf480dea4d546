from modelyard.domain.errors import NotSupported
from modelyard.formats import tensor_documents
from modelyard.formats.inference import InferenceResult, Verb
from modelyard.protocols.http import events, hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import JSON, Reply, json_reply
from modelyard.protocols.kserve import convert, wire
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.graph_routes import GraphRoute

RAW_TENSORS = "inference-header-content-length"


async def alive(call: Call[DataPlane]) -> Reply:
    """Whether an endpoint lives; clients of V1 look for this word at the root of what they are pointed at."""
    call.state.directory.lookup(call.params[names.ENDPOINT])
    return json_reply(wire.Alive("alive"))


async def listing(call: Call[DataPlane]) -> Reply:
    found = call.state.directory.names()
    return json_reply(wire.ModelList(names.within(call.params.get(names.ENDPOINT), found)))


async def ready(call: Call[DataPlane]) -> Reply:
    call.state.directory.lookup(names.full(call.params))
    return json_reply(wire.ModelReady(names.shown(call.params), ready=True))


async def predict(call: Call[DataPlane]) -> Reply:
    return await _answer(call, Verb.PREDICT)


async def explain(call: Call[DataPlane]) -> Reply:
    return await _answer(call, Verb.EXPLAIN)


async def route(call: Call[DataPlane]) -> Reply:
    """As the router of an InferenceGraph answers at its root: to bodies of V1 and V2, in kind."""
    call.state.directory.expect(call.params[names.ENDPOINT])
    received = await events.receive(call, call.state.limits.body)
    if RAW_TENSORS in received.headers:
        raise NotSupported("JSON is taken here; requests with raw tensors behind it go to /v2/models/NAME/infer")
    answer = _routed_tensors if tensor_documents.holds_tensors(received.body) else _routed
    return events.answer(received, await answer(call, received), call.params[names.ENDPOINT])


async def _routed(call: Call[DataPlane], received: events.Received) -> Reply:
    """An ensemble's answers by name stand for themselves."""
    name = call.params[names.ENDPOINT]
    result = await _asked(call, name, received, Verb.PREDICT)
    found = call.state.directory.route(name)
    merges = isinstance(found, GraphRoute) and found.graph.merges
    answer = convert.merged(result) if merges else convert.answer(result, Verb.PREDICT)
    return json_reply(answer, headers=hints.told(result))


async def _routed_tensors(call: Call[DataPlane], received: events.Received) -> Reply:
    name = call.params[names.ENDPOINT]
    request, request_id = tensor_documents.read_request(received.body)
    result = await call.state.infer(name, request, None, hints.read(received.headers), received.headers)
    identifier = request_id or call.request_id
    body = tensor_documents.write_answer(result.outputs, name, result.model_version, identifier)
    return Reply(200, body, JSON, hints.told(result))


async def _answer(call: Call[DataPlane], verb: Verb) -> Reply:
    call.state.directory.expect(names.full(call.params))
    received = await events.receive(call, call.state.limits.body)
    result = await _asked(call, names.full(call.params), received, verb)
    reply = json_reply(convert.answer(result, verb), headers=hints.told(result))
    return events.answer(received, reply, names.shown(call.params))


async def _asked(call: Call[DataPlane], name: str, received: events.Received, verb: Verb) -> InferenceResult:
    plane = call.state
    request = convert.request(received.body, verb, lambda: plane.takes_any(name))
    return await plane.infer(name, request, None, hints.read(received.headers), received.headers)
