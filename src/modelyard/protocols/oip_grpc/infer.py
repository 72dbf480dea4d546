from typing import Any

from modelyard.protocols.http import hints
from modelyard.protocols.oip_grpc import convert
from modelyard.protocols.oip_grpc.call import RpcCall


async def infer(call: RpcCall) -> Any:
    message = call.message
    plane, version = call.state.plane, message.model_version or None
    plane.directory.expect(message.model_name, version)
    asked = convert.read(message)
    hinted = call.hints(asked.timeout_us)
    result = await plane.infer(message.model_name, asked.request, version, hinted, call.headers)
    call.trailers = hints.told(result)
    return convert.answer(result, asked, message.model_name, message.id or call.request_id)
