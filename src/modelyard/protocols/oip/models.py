from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.oip import convert, wire
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Served


async def listing(call: Call[DataPlane]) -> Reply:
    return json_reply(wire.ModelList(list(call.state.directory.names())))


async def metadata(call: Call[DataPlane]) -> Reply:
    return json_reply(convert.metadata(_served(call)))


async def ready(call: Call[DataPlane]) -> Reply:
    return json_reply(wire.ModelReady(_served(call).endpoint, ready=True))


def _served(call: Call[DataPlane]) -> Served:
    return call.state.directory.lookup(call.params["name"], call.params.get("version"))
