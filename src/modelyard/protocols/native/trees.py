from modelyard.formats.filters.runs import parse_run_filter
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert, parse
from modelyard.protocols.native import wire_trees as wire
from modelyard.protocols.native.state import NativeState


async def below(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadTree)
    filter_ = parse_run_filter(asked.filter)
    found = await call.state.trees.below(call.principal, call.params["id"], asked.depth, filter_)
    branches = [wire.Branch(convert.run(one.detail), one.parent_id, one.depth, one.matches) for one in found.branches]
    return json_reply(wire.Tree(branches, found.whole))
