import modelyard
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.oip import wire
from modelyard.serving.dataplane import DataPlane

# The bodies are for KServe's client; the specification asks for the status only.


async def live(_: Call[DataPlane]) -> Reply:
    return json_reply(wire.ServerLive(live=True))


async def ready(_: Call[DataPlane]) -> Reply:
    return json_reply(wire.ServerReady(ready=True))


async def server(_: Call[DataPlane]) -> Reply:
    return json_reply(wire.ServerMetadata("modelyard", modelyard.__version__, []))
