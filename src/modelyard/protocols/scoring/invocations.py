import msgspec

from modelyard.protocols.http import hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.scoring import convert, wire
from modelyard.serving.dataplane import DataPlane


async def invoke(call: Call[DataPlane]) -> Reply:
    plane, name = call.state, names.full(call.params)
    plane.directory.expect(name)
    media = convert.media_type(call.headers)
    request = convert.request(media, await call.unpacked(plane.limits.body))
    result = await plane.infer(name, request, None, hints.read(call.headers), call.headers)
    said = msgspec.Raw(result.predictions)
    return json_reply(said if result.whole else wire.Predictions(said), headers=hints.told(result))


async def ping(call: Call[DataPlane]) -> Reply:
    call.state.directory.lookup(names.full(call.params))
    return text_reply("\n")


async def version(call: Call[DataPlane]) -> Reply:
    """The mlflow that the model was saved with: MLflow's server tells its own, which is the model's."""
    served = await call.state.described(names.full(call.params), None, hints.read(call.headers))
    return text_reply(served.metadata.mlflow_version)
