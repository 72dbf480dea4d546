from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_endpoints, parse, wire
from modelyard.protocols.native.state import NativeState


async def index(call: Call[NativeState]) -> Reply:
    found = await call.state.endpoints.list(call.principal)
    return json_reply(wire.Endpoints([convert_endpoints.endpoint(one) for one in found]))


async def get(call: Call[NativeState]) -> Reply:
    found = await call.state.endpoints.get(call.principal, call.params["name"])
    return json_reply(convert_endpoints.endpoint(found))


async def deploy(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Deploy)
    name = call.params["name"]
    await call.state.endpoints.deploy(call.principal, name, sent.model_uri, sent.environment)
    return await get(call)


async def remove(call: Call[NativeState]) -> Reply:
    await call.state.endpoints.remove(call.principal, call.params["name"])
    return Reply(204, b"")


async def logs(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadLogs)
    text = await call.state.endpoints.logs(call.principal, call.params["name"], asked.lines)
    return json_reply(wire.Logs(text))
