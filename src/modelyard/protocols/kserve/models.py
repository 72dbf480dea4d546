import msgspec

from modelyard.formats import inference
from modelyard.formats.inference import Form
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kserve import wire
from modelyard.serving.dataplane import DataPlane

FORMS = (Form.INSTANCES, Form.INPUTS)


async def listing(call: Call[DataPlane]) -> Reply:
    return json_reply(wire.ModelList(list(call.state.directory.names())))


async def ready(call: Call[DataPlane]) -> Reply:
    served = call.state.directory.lookup(call.params["name"])
    return json_reply(wire.ModelReady(served.endpoint, ready=True))


async def predict(call: Call[DataPlane]) -> Reply:
    """Rows of V1 are lists of numbers in the order of the model's columns, or objects."""
    body = await call.body(call.state.limits.body)
    request = inference.parse_json(body, FORMS, positional=True)
    result = await call.state.infer(call.params["name"], request)
    return json_reply(wire.Predictions(msgspec.Raw(result.predictions)))
