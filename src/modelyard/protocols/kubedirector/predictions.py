from modelyard.domain.errors import UnsupportedMediaType
from modelyard.protocols.http import hints, names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import JSON, Reply, json_reply
from modelyard.protocols.kubedirector import convert
from modelyard.serving.dataplane import DataPlane


async def predict(call: Call[DataPlane]) -> Reply:
    """The X-Auth-Token that its clients send is one of an engine's; until there are accounts, any is good."""
    plane, name, version = call.state, names.full(call.params), call.params["version"]
    plane.directory.expect(name, version)
    if call.content_type != JSON:
        raise UnsupportedMediaType(f"The Content-Type must be {JSON}, not '{call.content_type}'")
    request = convert.request(await call.unpacked(plane.limits.body))
    result = await plane.infer(name, request, version, hints.read(call.headers), call.headers)
    return json_reply(convert.answer(result, request, _logs(call)), headers=hints.told(result))


def _logs(call: Call[DataPlane]) -> str:
    endpoint = call.params.get(names.ENDPOINT, call.params["name"])
    return f"http://{call.headers.get('host', '')}/api/v1/endpoints/{endpoint}/logs"
