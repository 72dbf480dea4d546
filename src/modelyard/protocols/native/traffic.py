from dataclasses import asdict

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import parse
from modelyard.protocols.native import wire_traffic as wire
from modelyard.protocols.native.state import NativeState

SECONDS = 5


async def lately(call: Call[NativeState]) -> Reply:
    found = await call.state.endpoints.get(call.principal, call.params["name"])
    seen = call.state.history(found.endpoint.name, SECONDS)
    items = [
        wire.RevisionTraffic(revision, [wire.Stretch(**asdict(one)) for one in stretches])
        for revision, stretches in sorted(seen.items())
    ]
    return json_reply(wire.Traffic(SECONDS, items))


async def payloads(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadPayloads)
    found = await call.state.endpoints.get(call.principal, call.params["name"])
    kept = await call.state.payloads(found.endpoint.name, asked.limit)
    return json_reply(wire.Payloads([wire.Payload(**asdict(one)) for one in kept]))
