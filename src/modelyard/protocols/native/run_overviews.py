from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Comparison, Field, Operator, View
from modelyard.domain.run_groups import GroupsWanted
from modelyard.formats.filters.runs import parse_run_filter, parse_run_order
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_runs, parse
from modelyard.protocols.native import wire_runs as wire
from modelyard.protocols.native.state import NativeState

_MOST_VERSIONS = 200


async def keys(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.FindKeys)
    found = [
        await call.state.overviews.keys(call.principal, sent.experiment_ids, field, sent.contains, sent.limit)
        for field in convert_runs.fields_of(sent.kind)
    ]
    return json_reply(convert_runs.keys(found))


async def groups(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.GroupRuns)
    wanted = GroupsWanted(
        sent.experiment_ids,
        parse_run_filter(sent.filter),
        View(sent.view),
        convert_runs.group_keys(sent.by),
        sent.metrics,
        sent.limit,
    )
    return json_reply(convert_runs.groups(await call.state.overviews.groups(call.principal, wanted)))


async def activity(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ReadActivity)
    best_by = {one.experiment_id: parse_run_order([one.order])[0] for one in sent.best_by}
    found = await call.state.overviews.activity(call.principal, sent.experiment_ids)
    return json_reply(convert_runs.activities(found, await call.state.runs.best(call.principal, best_by)))


async def recent(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ReadRecent)
    pages = [await call.state.runs.find(call.principal, one) for one in convert_runs.recent_wanted(sent)]
    activity = await call.state.overviews.activity(call.principal, sent.experiment_ids)
    return json_reply(convert_runs.recent(pages, activity))


async def links(call: Call[NativeState]) -> Reply:
    run = await call.state.runs.get(call.principal, call.params["id"])
    of_run = (Comparison(Field.ATTRIBUTE, "run_id", Operator.EQ, run.run.id),)
    versions = await call.state.versions.search(call.principal, of_run, (), PageRequest(_MOST_VERSIONS))
    return json_reply(convert_runs.links(run, versions.items))
