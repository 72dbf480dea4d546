from modelyard.domain.runs import RunChange
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert, convert_runs, parse
from modelyard.protocols.native import wire_runs as wire
from modelyard.protocols.native.state import NativeState


async def change(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChangeRun)
    await call.state.runs.update(call.principal, call.params["id"], RunChange(name=sent.name))
    return json_reply(convert.run(await call.state.runs.get(call.principal, call.params["id"])))


async def delete(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChooseRuns)
    return json_reply(convert_runs.changed(await call.state.batches.delete(call.principal, sent.run_ids)))


async def restore(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChooseRuns)
    return json_reply(convert_runs.changed(await call.state.batches.restore(call.principal, sent.run_ids)))


async def tag(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.TagRuns)
    found = await call.state.batches.tag(call.principal, sent.run_ids, sent.tags, sent.removed)
    return json_reply(convert_runs.changed(found))
