from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import parse
from modelyard.protocols.native import wire_endpoints as wire
from modelyard.protocols.native.state import NativeState


async def apply(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.Manifest)
    applied = await call.state.manifests.apply(call.principal, sent.document, sent.secrets)
    ignored = list(applied.ignored)
    return json_reply(wire.Applied(applied.name, applied.changed, ignored, applied.kind, applied.created))


async def export(call: Call[NativeState]) -> Reply:
    document = await call.state.manifests.export(call.principal, call.params["name"])
    return json_reply(wire.Manifest(dict(document)))
