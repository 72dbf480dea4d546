from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_triggers as convert
from modelyard.protocols.native import parse, wire_pipelines
from modelyard.protocols.native import wire_triggers as wire
from modelyard.protocols.native.replies import DONE
from modelyard.protocols.native.state import NativeState

LARGEST_DELIVERY = 256 << 10


async def index(call: Call[NativeState]) -> Reply:
    return json_reply(convert.trigger_page(await call.state.triggers.list(call.principal, _listing(call))))


async def create(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.CreateTrigger)
    return json_reply(convert.trigger(await call.state.triggers.create(call.principal, convert.new_trigger(sent))))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(convert.trigger(await call.state.triggers.get(call.principal, call.params["id"])))


async def change(call: Call[NativeState]) -> Reply:
    wanted = convert.trigger_change(await parse.body(call, wire.ChangeTrigger))
    return json_reply(convert.trigger(await call.state.triggers.update(call.principal, call.params["id"], wanted)))


async def firings(call: Call[NativeState]) -> Reply:
    found = await call.state.triggers.firings(call.principal, call.params["id"], _listing(call))
    return json_reply(convert.firing_page(found))


async def deliver(call: Call[NativeState]) -> Reply:
    """Who sends it is known by the signature, whatever the content type."""
    body = await call.body(LARGEST_DELIVERY)
    deliver_ = call.state.trigger_firings.deliver
    return json_reply(convert.firing(await deliver_(call.principal, call.params["id"], call.headers, body)))


async def enable(call: Call[NativeState]) -> Reply:
    await call.state.triggers.enable(call.principal, call.params["id"])
    return await get(call)


async def disable(call: Call[NativeState]) -> Reply:
    await call.state.triggers.disable(call.principal, call.params["id"])
    return await get(call)


async def delete(call: Call[NativeState]) -> Reply:
    await call.state.triggers.delete(call.principal, call.params["id"])
    return DONE


def _listing(call: Call[NativeState]) -> Listing:
    asked = parse.query(call, wire_pipelines.ListPage)
    return Listing(PageRequest(asked.limit, asked.page_token), ascending=False)
