from modelyard.domain.errors import NotSupported
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.oip import convert
from modelyard.serving.dataplane import DataPlane

BINARY_HEADER = "inference-header-content-length"


async def infer(call: Call[DataPlane]) -> Reply:
    if BINARY_HEADER in call.headers:
        raise NotSupported("Binary tensors are not supported; send the data as JSON (binary_data=False)")
    wired = convert.parse(await call.body(call.state.limits.body))
    result = await call.state.infer(call.params["name"], convert.request(wired), call.params.get("version"))
    return json_reply(convert.response(result, wired.id or call.request_id, wired.outputs))
