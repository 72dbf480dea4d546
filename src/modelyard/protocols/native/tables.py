from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import parse
from modelyard.protocols.native import wire_tables as wire
from modelyard.protocols.native.state import NativeState
from modelyard.services.artifacts import path_in


async def page(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadTable)
    root = (await call.state.runs.get(call.principal, call.params["id"])).run.artifact_uri
    found = await call.state.tables.page(call.principal, path_in(root, asked.path), asked.offset, asked.limit)
    columns = [wire.TableColumn(one.name, one.type, one.numeric) for one in found.columns]
    return json_reply(wire.Table(columns, [list(row) for row in found.rows], found.total_rows, found.total_columns))
