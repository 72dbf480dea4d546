from modelyard.domain.endpoint_status import EndpointDetail
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_endpoints, parse
from modelyard.protocols.native import wire_endpoints as wire
from modelyard.protocols.native.state import NativeState


async def index(call: Call[NativeState]) -> Reply:
    found = await call.state.endpoints.list(call.principal)
    return json_reply(wire.Endpoints([_shown(call, one) for one in found]))


async def get(call: Call[NativeState]) -> Reply:
    found = await call.state.endpoints.get(call.principal, call.params["name"])
    return json_reply(_shown(call, found))


async def revisions(call: Call[NativeState]) -> Reply:
    name = call.params["name"]
    asked = parse.query(call, wire.ReadRevisions)
    found = await call.state.endpoints.history(call.principal, name, asked.limit)
    traffic = call.state.traffic(name)
    return json_reply(wire.Revisions([convert_endpoints.revision(one, seen, traffic) for one, seen in found]))


async def deploy(call: Call[NativeState]) -> Reply:
    return await _deploy(call, "")


async def deploy_model(call: Call[NativeState]) -> Reply:
    return await _deploy(call, call.params["model"])


async def shift(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Shift)
    targets = convert_endpoints.targets(sent)
    await call.state.rollouts.shift(
        call.principal, call.params["name"], targets, model=sent.model, generation=sent.generation
    )
    return await get(call)


async def promote(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Change)
    await call.state.rollouts.promote(call.principal, call.params["name"], model=sent.model, generation=sent.generation)
    return await get(call)


async def roll_back(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Change)
    await call.state.rollouts.roll_back(
        call.principal, call.params["name"], model=sent.model, generation=sent.generation
    )
    return await get(call)


async def stop(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Change)
    await call.state.endpoints.stop(call.principal, call.params["name"], sent.model or None, sent.generation)
    return await get(call)


async def start(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Change)
    await call.state.endpoints.start(call.principal, call.params["name"], sent.model or None, sent.generation)
    return await get(call)


async def remove(call: Call[NativeState]) -> Reply:
    await call.state.endpoints.remove(call.principal, call.params["name"])
    return Reply(204, b"")


async def remove_model(call: Call[NativeState]) -> Reply:
    await call.state.endpoints.remove_model(call.principal, call.params["name"], call.params["model"])
    return Reply(204, b"")


async def logs(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadLogs)
    text = await call.state.endpoints.logs(call.principal, call.params["name"], asked.lines, asked.revision)
    return json_reply(wire.Logs(text))


async def _deploy(call: Call[NativeState], model: str) -> Reply:
    sent = await parse.body(call, wire.Deploy)
    how = convert_endpoints.deployment(sent, model)
    await call.state.endpoints.deploy(call.principal, call.params["name"], sent.model_uri, how)
    return await get(call)


def _shown(call: Call[NativeState], detail: EndpointDetail) -> wire.Endpoint:
    traffic = call.state.traffic(detail.endpoint.name)
    return convert_endpoints.endpoint(detail, traffic, call.state.server.url)
