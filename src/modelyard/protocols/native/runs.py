from modelyard.domain.pages import PageRequest
from modelyard.domain.query import View
from modelyard.domain.runs import RunsWanted
from modelyard.formats.filters.runs import parse_run_filter, parse_run_order
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert, parse, wire
from modelyard.protocols.native.state import NativeState


async def get(call: Call[NativeState]) -> Reply:
    found = await call.state.runs.get(call.principal, call.params["id"])
    return json_reply(convert.run(found))


async def search(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.SearchRuns)
    wanted = RunsWanted(
        sent.experiment_ids,
        parse_run_filter(sent.filter),
        parse_run_order(sent.order_by),
        View(sent.view),
        PageRequest(sent.limit, sent.page_token),
        convert.fields(sent.fields),
        sent.offset,
    )
    page = await call.state.runs.find(call.principal, wanted)
    found = [one.run.id for one in page.items]
    ancestors = await call.state.trees.above(call.principal, found) if sent.with_ancestors and found else ()
    return json_reply(convert.run_page(page, ancestors, await _total(call, wanted) if sent.with_total else None))


async def _total(call: Call[NativeState], wanted: RunsWanted) -> int:
    return await call.state.runs.count(call.principal, wanted.experiment_ids, wanted.filter, wanted.view)


async def count(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.CountRuns)
    filter_ = parse_run_filter(sent.filter)
    number = await call.state.runs.count(call.principal, sent.experiment_ids, filter_, View(sent.view))
    return json_reply(wire.RunCount(number))


async def series(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadSeries)
    page = PageRequest(asked.limit, asked.page_token)
    found = await call.state.series.history(call.principal, call.params["id"], call.params["key"], page)
    return json_reply(convert.points_page(found))
