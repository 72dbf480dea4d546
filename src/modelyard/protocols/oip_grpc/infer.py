from typing import Any

from modelyard.protocols.http import hints
from modelyard.protocols.oip_grpc import convert
from modelyard.protocols.oip_grpc.call import RpcCall


async def infer(call: RpcCall) -> Any:
    message = call.message
    asked = convert.read(message)
    hinted = call.hints(asked.timeout_us)
    version = message.model_version or None
    result = await call.state.plane.infer(message.model_name, asked.request, version, hinted)
    call.trailers = hints.told(result)
    return convert.answer(result, asked, message.model_name, message.id or call.request_id)
