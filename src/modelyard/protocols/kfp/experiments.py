from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import convert, listing, parsing, wire
from modelyard.protocols.kfp.replies import NOTHING
from modelyard.protocols.kfp.state import KfpState
from modelyard.protocols.kfp.words import archived

_NAMES = listing.Names(
    {
        "id": "id",
        "experiment_id": "id",
        "name": "name",
        "display_name": "name",
        "created_at": "created_at",
        "last_run_created_at": "last_run_at",
        "description": "description",
        "storage_state": "archived",
    },
    {"storage_state": archived},
)


async def create(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.Experiment)
    made = await call.state.experiments.create(call.principal, sent.display_name, sent.description)
    return json_reply(convert.experiment(made))


async def get(call: Call[KfpState]) -> Reply:
    return json_reply(convert.experiment(await call.state.experiments.get(call.principal, call.params["id"])))


async def index(call: Call[KfpState]) -> Reply:
    asked = listing.asked(call, _NAMES)
    found = await call.state.experiments.list(call.principal, asked.listing)
    items = [convert.experiment(one) for one in found.items]
    return json_reply(wire.Experiments(items, found.total, asked.token(found.next_token)))


async def archive(call: Call[KfpState]) -> Reply:
    await call.state.experiments.archive(call.principal, call.params["id"])
    return NOTHING


async def unarchive(call: Call[KfpState]) -> Reply:
    await call.state.experiments.unarchive(call.principal, call.params["id"])
    return NOTHING


async def delete(call: Call[KfpState]) -> Reply:
    await call.state.experiments.delete(call.principal, call.params["id"])
    return NOTHING
