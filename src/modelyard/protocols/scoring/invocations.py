from dataclasses import replace

import msgspec

from modelyard.formats.inference import Verb
from modelyard.protocols.http import hints, names, server_events
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.scoring import convert, errors, wire
from modelyard.serving.dataplane import DataPlane

DONE = b"[DONE]"


async def invoke(call: Call[DataPlane]) -> Reply:
    """In pieces for who wants events, or says `"stream": true` to a model that streams, as to MLflow's agent server."""
    plane, name = call.state, names.full(call.params)
    plane.directory.expect(name)
    media = convert.media_type(call.headers)
    request = convert.request(media, await call.unpacked(plane.limits.body))
    hinted = hints.read(call.headers)
    if server_events.wanted(call.headers) or (request.verb is Verb.STREAM and plane.streams(name)):
        pieces = plane.stream(name, request, None, hinted)
        return await server_events.reply(pieces, lambda piece: piece.predictions, errors.body, DONE)
    if request.verb is Verb.STREAM:
        request = replace(request, verb=Verb.PREDICT)
    result = await plane.infer(name, request, None, hinted, call.headers)
    said = msgspec.Raw(result.predictions)
    return json_reply(said if result.whole else wire.Predictions(said), headers=hints.told(result))


async def ping(call: Call[DataPlane]) -> Reply:
    call.state.directory.lookup(names.full(call.params))
    return text_reply("\n")


async def version(call: Call[DataPlane]) -> Reply:
    """The mlflow that the model was saved with: MLflow's server tells its own, which is the model's."""
    served = await call.state.described(names.full(call.params), None, hints.read(call.headers))
    return text_reply(served.metadata.mlflow_version)
