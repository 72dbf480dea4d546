from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert, parse
from modelyard.protocols.native import wire_runs as wire
from modelyard.protocols.native.state import NativeState


async def change(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ChangeExperiment)
    experiments, of = call.state.experiments, call.params["id"]
    if sent.name is not None:
        await experiments.rename(call.principal, of, sent.name)
    for key, value in sent.tags.items():
        if value is None:
            await experiments.delete_tag(call.principal, of, key)
        else:
            await experiments.set_tag(call.principal, of, key, value)
    return json_reply(convert.experiment(await experiments.get(call.principal, of)))


async def delete(call: Call[NativeState]) -> Reply:
    await call.state.experiments.delete(call.principal, call.params["id"])
    return Reply(204, b"")


async def restore(call: Call[NativeState]) -> Reply:
    await call.state.experiments.restore(call.principal, call.params["id"])
    return json_reply(convert.experiment(await call.state.experiments.get(call.principal, call.params["id"])))
