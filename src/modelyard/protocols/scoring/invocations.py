import msgspec

from modelyard.protocols.http import hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.scoring import convert, wire
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Served


async def invoke(call: Call[DataPlane]) -> Reply:
    media = convert.media_type(call.headers)
    request = convert.request(media, await call.unpacked(call.state.limits.body))
    result = await call.state.infer(names.full(call.params), request, hints=hints.read(call.headers))
    return json_reply(wire.Predictions(msgspec.Raw(result.predictions)), headers=hints.told(result))


async def ping(call: Call[DataPlane]) -> Reply:
    _served(call)
    return text_reply("\n")


async def version(call: Call[DataPlane]) -> Reply:
    """The mlflow that the model was saved with: MLflow's server tells its own, which is the model's."""
    return text_reply(_served(call).metadata.mlflow_version)


def _served(call: Call[DataPlane]) -> Served:
    return call.state.directory.lookup(names.full(call.params))
