from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from modelyard.protocols.http import hints
from modelyard.protocols.oip_grpc import convert
from modelyard.protocols.oip_grpc.call import RpcCall

FINAL = "triton_final_response"
AND_SAY_SO = "triton_enable_empty_final_response"


async def infer(call: RpcCall) -> Any:
    message = call.message
    plane, version = call.state.plane, message.model_version or None
    plane.directory.expect(message.model_name, version)
    asked = convert.read(message)
    hinted = call.hints(asked.timeout_us)
    result = await plane.infer(message.model_name, asked.request, version, hinted, call.headers)
    call.trailers = hints.told(result)
    return convert.answer(result, asked, message.model_name, message.id or call.request_id)


async def stream(call: RpcCall) -> AsyncGenerator[Any, None]:
    """The pieces of a model that streams, and after the last an empty one for those who ask for it; else one answer.

    As Triton marks them for its decoupled models.
    """
    message, plane = call.message, call.state.plane
    if not plane.streams(message.model_name):
        answer = await infer(call)
        answer.parameters[FINAL].bool_param = True
        yield answer
        return
    asked, request_id = convert.read(message), message.id or call.request_id
    hinted = call.hints(asked.timeout_us)
    pieces = plane.stream(message.model_name, asked.request, message.model_version or None, hinted)
    async with aclosing(pieces):
        async for piece in pieces:
            answer = convert.answer(piece, asked, message.model_name, request_id)
            answer.parameters[FINAL].bool_param = False
            yield answer
    if message.parameters[AND_SAY_SO].bool_param:
        yield convert.last(message.model_name, request_id)
