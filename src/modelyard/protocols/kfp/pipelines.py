from collections.abc import Mapping

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import convert, listing, parsing, wire
from modelyard.protocols.kfp.replies import NOTHING
from modelyard.protocols.kfp.state import KfpState

_NAMES = listing.Names(
    {
        "id": "id",
        "pipeline_id": "id",
        "name": "name",
        "display_name": "display_name",
        "created_at": "created_at",
        "description": "description",
    }
)


async def create(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.Pipeline)
    made, _ = await call.state.pipelines.create(call.principal, convert.new_pipeline(sent))
    return json_reply(convert.pipeline(made))


async def create_with_version(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.PipelineAndVersion)
    version = convert.new_version(sent.pipeline_version)
    made, _ = await call.state.pipelines.create(call.principal, convert.new_pipeline(sent.pipeline), version)
    return json_reply(convert.pipeline(made))


async def get(call: Call[KfpState]) -> Reply:
    return json_reply(convert.pipeline(await call.state.pipelines.get(call.principal, call.params["id"])))


async def get_by_name(call: Call[KfpState]) -> Reply:
    return json_reply(convert.pipeline(await call.state.pipelines.get_by_name(call.principal, call.params["name"])))


async def index(call: Call[KfpState]) -> Reply:
    asked = listing.asked(call, _NAMES)
    found = await call.state.pipelines.list(call.principal, asked.listing)
    items = [convert.pipeline(one) for one in found.items]
    return json_reply(wire.Pipelines(items, found.total, asked.token(found.next_token)))


async def update(call: Call[KfpState]) -> Reply:
    sent = await parsing.body(call, wire.Pipeline)
    values: dict[str, str | Mapping[str, str]] = {
        "display_name": sent.display_name,
        "description": sent.description,
        "tags": sent.tags,
    }
    given = {name: value for name, value in values.items() if value}
    return json_reply(convert.pipeline(await call.state.pipelines.update(call.principal, call.params["id"], given)))


async def delete(call: Call[KfpState]) -> Reply:
    cascade = parsing.flag(call, "cascade")
    await call.state.pipelines.delete(call.principal, call.params["id"], with_versions=cascade)
    return NOTHING
