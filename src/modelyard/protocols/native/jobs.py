from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_jobs, parse, wire_jobs
from modelyard.protocols.native.state import NativeState


async def delete_for_good(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire_jobs.DeleteForGood)
    deletion = call.state.deletion
    selection = await deletion.select(call.principal, sent.older_than_seconds, sent.experiment_ids, sent.run_ids)
    if sent.dry_run:
        planned = await deletion.plan(call.principal, selection)
        return json_reply(wire_jobs.Deletion(tally=convert_jobs.tally(planned)))
    started = await deletion.start(call.principal, selection)
    return json_reply(wire_jobs.Deletion(job=convert_jobs.job(started)))


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire_jobs.ListJobs)
    found = await call.state.jobs.newest(call.principal, asked.kind, asked.limit)
    return json_reply(wire_jobs.Jobs([convert_jobs.job(one) for one in found]))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(convert_jobs.job(await call.state.jobs.get(call.principal, call.params["id"])))
