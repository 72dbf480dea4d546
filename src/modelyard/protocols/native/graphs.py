from modelyard.domain.graphs import GraphDetail
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_graphs, wire_graphs
from modelyard.protocols.native.state import NativeState


async def index(call: Call[NativeState]) -> Reply:
    found = await call.state.graphs.list(call.principal)
    return json_reply(wire_graphs.Graphs([_shown(call, one) for one in found]))


async def get(call: Call[NativeState]) -> Reply:
    return json_reply(_shown(call, await call.state.graphs.get(call.principal, call.params["name"])))


async def remove(call: Call[NativeState]) -> Reply:
    await call.state.graphs.remove(call.principal, call.params["name"])
    return Reply(204, b"")


def _shown(call: Call[NativeState], detail: GraphDetail) -> wire_graphs.Graph:
    return convert_graphs.graph(detail, call.state.traffic(detail.graph.name), call.state.server.url)
