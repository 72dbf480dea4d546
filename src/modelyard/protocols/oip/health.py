import modelyard
from modelyard.protocols.http import names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.oip import wire
from modelyard.protocols.oip.state import OipState

EXTENSIONS = ("binary_tensor_data", "model_configuration", "model_repository", "statistics")

# The bodies are for KServe's client; the specification asks for the status only.


async def live(_: Call[OipState]) -> Reply:
    return json_reply(wire.ServerLive(live=True))


async def ready(call: Call[OipState]) -> Reply:
    """Within an endpoint: whether that endpoint answers."""
    if names.ENDPOINT in call.params:
        call.state.plane.directory.lookup(call.params[names.ENDPOINT])
    return json_reply(wire.ServerReady(ready=True))


async def server(_: Call[OipState]) -> Reply:
    return json_reply(wire.ServerMetadata("modelyard", modelyard.__version__, list(EXTENSIONS)))
