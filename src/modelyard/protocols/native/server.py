from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native.state import NativeState


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(call.state.server)
