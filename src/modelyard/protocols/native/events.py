from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert, parse, wire
from modelyard.protocols.native.state import NativeState


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListEvents)
    found = await call.state.events.newest(call.principal, asked.kind, asked.subject, asked.before, asked.limit)
    return json_reply(convert.event_page(found, asked.limit))
