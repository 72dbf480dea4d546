from modelyard.formats.inference import Verb
from modelyard.protocols.http import events, hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kserve import convert, wire
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.graph_routes import GraphRoute


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
    """As the router of an InferenceGraph answers at its root: an ensemble's answers by name stand for themselves."""
    name = call.params[names.ENDPOINT]
    received = await events.receive(call, call.state.limits.body)
    request = convert.request(received.body, Verb.PREDICT)
    result = await call.state.infer(name, request, hints=hints.read(received.headers))
    found = call.state.directory.route(name)
    merges = isinstance(found, GraphRoute) and found.graph.merges
    answer = convert.merged(result) if merges else convert.answer(result, Verb.PREDICT)
    return events.answer(received, json_reply(answer, headers=hints.told(result)), name)


async def _answer(call: Call[DataPlane], verb: Verb) -> Reply:
    received = await events.receive(call, call.state.limits.body)
    request = convert.request(received.body, verb)
    result = await call.state.infer(names.full(call.params), request, hints=hints.read(received.headers))
    reply = json_reply(convert.answer(result, verb), headers=hints.told(result))
    return events.answer(received, reply, names.shown(call.params))
