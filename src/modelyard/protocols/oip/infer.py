from dataclasses import replace

from modelyard.formats.inference import Encoding, InferenceResult
from modelyard.protocols.http import events, hints, names, server_events
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import JSON, Headers, Reply
from modelyard.protocols.oip import binary, convert, errors
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


async def infer_stream(call: Call[OipState]) -> Reply:
    """The same as a stream of events, each of which is an answer."""
    plane, name, version = call.state.plane, names.full(call.params), call.params.get("version")
    plane.directory.expect(name, version)
    body = await call.unpacked(plane.limits.body)
    asked = convert.read(body, convert.json_length(call.headers, len(body)))
    wanted = tuple(replace(one, encoding=Encoding.JSON) for one in asked.request.wanted)
    request = replace(asked.request, wanted=wanted, encoding=Encoding.JSON)
    shown, request_id = names.shown(call.params), asked.id or call.request_id

    def written(piece: InferenceResult) -> bytes:
        return convert.answer(piece, request, shown, request_id)[0]

    pieces = plane.stream(name, request, version, hints.read(call.headers, asked.timeout_us))
    return await server_events.reply(pieces, written, errors.body)


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
