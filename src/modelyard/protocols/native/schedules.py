from modelyard.domain.listing import Listing
from modelyard.domain.pages import PageRequest
from modelyard.domain.schedules import Plan
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_pipelines as convert
from modelyard.protocols.native import parse
from modelyard.protocols.native import wire_pipelines as wire
from modelyard.protocols.native.replies import DONE
from modelyard.protocols.native.state import NativeState


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ListPage)
    listing = Listing(PageRequest(asked.limit, asked.page_token), ascending=False)
    return json_reply(convert.schedule_page(await call.state.schedules.list(call.principal, listing)))


async def create(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.CreateSchedule)
    return json_reply(convert.schedule(await call.state.schedules.create(call.principal, convert.new_schedule(sent))))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(convert.schedule(await call.state.schedules.get(call.principal, call.params["id"])))


async def times(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadTimes)
    plan = Plan(asked.cron, asked.every, asked.start_at, asked.end_at)
    found = await call.state.schedules.times(call.principal, plan, asked.limit, asked.after)
    return json_reply(wire.Times(list(found)))


async def enable(call: Call[NativeState]) -> Reply:
    await call.state.schedules.enable(call.principal, call.params["id"])
    return await get(call)


async def disable(call: Call[NativeState]) -> Reply:
    await call.state.schedules.disable(call.principal, call.params["id"])
    return await get(call)


async def delete(call: Call[NativeState]) -> Reply:
    await call.state.schedules.delete(call.principal, call.params["id"])
    return DONE
