from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import convert, listing, parsing, wire
from modelyard.protocols.kfp.replies import NOTHING
from modelyard.protocols.kfp.state import KfpState
from modelyard.protocols.kfp.words import archived, state

_NAMES = listing.Names(
    {
        "id": "id",
        "run_id": "id",
        "name": "name",
        "display_name": "name",
        "description": "description",
        "created_at": "created_at",
        "scheduled_at": "scheduled_at",
        "finished_at": "ended_at",
        "state": "state",
        "status": "state",
        "storage_state": "archived",
        "experiment_id": "experiment_id",
        "recurring_run_id": "schedule_id",
        "pipeline_id": "pipeline_id",
        "pipeline_version_id": "version_id",
    },
    {"storage_state": archived, "state": state, "status": state},
)


async def create(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.Run)
    made = await call.state.runs.create(call.principal, convert.new_run(sent))
    return json_reply(convert.run(made, canceled_as_failed=call.state.canceled_as_failed))


async def get(call: Call[KfpState]) -> Reply:
    found = await call.state.runs.detail(call.principal, call.params["id"])
    return json_reply(convert.detail(found, canceled_as_failed=call.state.canceled_as_failed))


async def index(call: Call[KfpState]) -> Reply:
    within = listing.equal("experiment_id", parsing.query(call, "experiment_id"))
    asked = listing.asked(call, _NAMES, *within)
    found = await call.state.runs.list(call.principal, asked.listing)
    items = [convert.run(one, canceled_as_failed=call.state.canceled_as_failed) for one in found.items]
    return json_reply(wire.Runs(items, found.total, asked.token(found.next_token)))


async def terminate(call: Call[KfpState]) -> Reply:
    await call.state.runs.terminate(call.principal, call.params["id"])
    return NOTHING


async def retry(call: Call[KfpState]) -> Reply:
    await call.state.runs.retry(call.principal, call.params["id"])
    return NOTHING


async def archive(call: Call[KfpState]) -> Reply:
    await call.state.runs.archive(call.principal, call.params["id"])
    return NOTHING


async def unarchive(call: Call[KfpState]) -> Reply:
    await call.state.runs.unarchive(call.principal, call.params["id"])
    return NOTHING


async def delete(call: Call[KfpState]) -> Reply:
    await call.state.runs.delete(call.principal, call.params["id"])
    return NOTHING
