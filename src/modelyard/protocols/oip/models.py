from modelyard.protocols.http import hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.errors import MethodNotAllowed
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.oip import describe, wire
from modelyard.protocols.oip.state import OipState
from modelyard.serving import totals
from modelyard.serving.directory import Served

INFER = "infer"
"""No model of an endpoint has this name: its path is where the endpoint's own one is asked."""


async def listing(call: Call[OipState]) -> Reply:
    found = call.state.plane.directory.names()
    return json_reply(wire.ModelList(names.within(call.params.get(names.ENDPOINT), found)))


async def metadata(call: Call[OipState]) -> Reply:
    if call.params.get(names.OWNER) and call.params["name"] == INFER:
        raise MethodNotAllowed(f"{call.path} does not answer {call.method}; it answers POST", ("POST",))
    return json_reply(describe.metadata(await _described(call), names.shown(call.params)))


async def config(call: Call[OipState]) -> Reply:
    return json_reply(describe.config(await _described(call), names.shown(call.params)))


async def statistics(call: Call[OipState]) -> Reply:
    directory, shown = call.state.plane.directory, names.shown(call.params)
    found = totals.of_model(directory, names.full(call.params), call.params.get("version"))
    return json_reply(wire.AllStatistics([describe.statistics(one, shown) for one in found]))


async def all_statistics(call: Call[OipState]) -> Reply:
    directory, endpoint = call.state.plane.directory, call.params.get(names.ENDPOINT)
    found = totals.of_all(directory, directory.names())
    mine = ((one, shown) for one in found for shown in names.within(endpoint, (one.name,)))
    return json_reply(wire.AllStatistics([describe.statistics(one, shown) for one, shown in mine]))


async def ready(call: Call[OipState]) -> Reply:
    call.state.plane.directory.lookup(names.full(call.params), call.params.get("version"))
    return json_reply(wire.ModelReady(names.shown(call.params), ready=True))


async def _described(call: Call[OipState]) -> Served:
    hinted = hints.read(call.headers)
    return await call.state.plane.described(names.full(call.params), call.params.get("version"), hinted)
