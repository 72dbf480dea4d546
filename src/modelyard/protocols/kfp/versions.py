from collections.abc import Mapping

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import convert, listing, parsing, wire
from modelyard.protocols.kfp.replies import NOTHING
from modelyard.protocols.kfp.state import KfpState

_NAMES = listing.Names(
    {
        "id": "id",
        "pipeline_version_id": "id",
        "name": "name",
        "display_name": "display_name",
        "created_at": "created_at",
        "description": "description",
    }
)


async def create(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.PipelineVersion)
    new = convert.new_version(sent)
    return json_reply(convert.version(await call.state.pipelines.add_version(call.principal, call.params["id"], new)))


async def get(call: Call[KfpState]) -> Reply:
    found = await call.state.pipelines.version(call.principal, call.params["id"], call.params["version"])
    return json_reply(convert.version(found))


async def index(call: Call[KfpState]) -> Reply:
    asked = listing.asked(call, _NAMES)
    found = await call.state.pipelines.versions(call.principal, call.params["id"], asked.listing)
    items = [convert.version(one) for one in found.items]
    return json_reply(wire.PipelineVersions(items, asked.token(found.next_token), found.total))


async def update(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.PipelineVersion)
    values: dict[str, str | Mapping[str, str]] = {
        "display_name": sent.display_name,
        "description": sent.description,
        "tags": sent.tags,
    }
    given = {name: value for name, value in values.items() if value}
    pipelines, params = call.state.pipelines, call.params
    return json_reply(
        convert.version(await pipelines.update_version(call.principal, params["id"], params["version"], given))
    )


async def delete(call: Call[KfpState]) -> Reply:
    await call.state.pipelines.delete_version(call.principal, call.params["id"], call.params["version"])
    return NOTHING
