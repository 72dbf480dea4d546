from modelyard.protocols.http import events, hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import JSON, Headers, Reply
from modelyard.protocols.oip import binary, convert
from modelyard.protocols.oip.convert import Asked
from modelyard.protocols.oip.state import OipState


async def infer(call: Call[OipState]) -> Reply:
    plane, name, version = call.state.plane, names.full(call.params), call.params.get("version")
    plane.directory.expect(name, version)
    received = await events.receive(call, plane.limits.body)
    asked = await _read(call, name, received)
    hinted = hints.read(received.headers, asked.timeout_us)
    result = await plane.infer(name, asked.request, version, hinted, received.headers)
    shown = names.shown(call.params)
    answer, tensors = convert.answer(result, asked.request, shown, asked.id or call.request_id)
    return events.answer(received, _reply(answer, tensors, hints.told(result)), shown)


async def _read(call: Call[OipState], name: str, received: events.Received) -> Asked:
    length = convert.json_length(received.headers, len(received.body))
    if length == 0:
        hinted = hints.read(received.headers)
        served = await call.state.plane.described(name, call.params.get("version"), hinted)
        return convert.raw_request(served.metadata.inputs, received.body)
    return convert.read(received.body, length)


def _reply(answer: bytes, tensors: list[bytes], headers: Headers) -> Reply:
    if not tensors:
        return Reply(200, answer, JSON, headers)
    body = b"".join((answer, *tensors))
    return Reply(200, body, binary.CONTENT_TYPE, ((binary.HEADER, str(len(answer))), *headers))
