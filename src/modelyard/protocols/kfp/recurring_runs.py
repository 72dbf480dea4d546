from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import convert_schedules as convert
from modelyard.protocols.kfp import listing, parsing, wire
from modelyard.protocols.kfp.replies import NOTHING
from modelyard.protocols.kfp.state import KfpState
from modelyard.protocols.kfp.words import enabled

_NAMES = listing.Names(
    {
        "id": "id",
        "recurring_run_id": "id",
        "name": "name",
        "display_name": "name",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "description": "description",
        "experiment_id": "experiment_id",
        "status": "enabled",
        "mode": "enabled",
        "pipeline_id": "pipeline_id",
        "pipeline_version_id": "version_id",
    },
    {"status": enabled, "mode": enabled},
)


async def create(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.RecurringRun)
    made = await call.state.schedules.create(call.principal, convert.new_schedule(sent))
    return json_reply(convert.recurring_run(made))


async def get(call: Call[KfpState]) -> Reply:
    return json_reply(convert.recurring_run(await call.state.schedules.get(call.principal, call.params["id"])))


async def index(call: Call[KfpState]) -> Reply:
    within = listing.equal("experiment_id", parsing.query(call, "experiment_id"))
    asked = listing.asked(call, _NAMES, *within)
    found = await call.state.schedules.list(call.principal, asked.listing)
    items = [convert.recurring_run(one) for one in found.items]
    return json_reply(wire.RecurringRuns(items, found.total, asked.token(found.next_token)))


async def enable(call: Call[KfpState]) -> Reply:
    await call.state.schedules.enable(call.principal, call.params["id"])
    return NOTHING


async def disable(call: Call[KfpState]) -> Reply:
    await call.state.schedules.disable(call.principal, call.params["id"])
    return NOTHING


async def delete(call: Call[KfpState]) -> Reply:
    await call.state.schedules.delete(call.principal, call.params["id"])
    return NOTHING
