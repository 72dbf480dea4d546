from modelyard.domain.charts import Axis
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_charts, parse
from modelyard.protocols.native import wire_charts as wire
from modelyard.protocols.native.state import NativeState


async def one(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadChart)
    run_id, key = call.params["id"], call.params["key"]
    within = convert_charts.within(asked.start, asked.end)
    found = await call.state.charts.one(call.principal, run_id, key, asked.buckets, Axis(asked.x), within)
    return json_reply(convert_charts.chart(found))


async def several(call: Call[NativeState]) -> Reply:
    sent = await parse.body(call, wire.ReadCharts)
    found = await call.state.charts.several(
        call.principal,
        sent.run_ids,
        sent.keys,
        sent.buckets,
        Axis(sent.x),
        convert_charts.within(sent.start, sent.end),
    )
    return json_reply(wire.Charts([convert_charts.chart(one) for one in found]))
