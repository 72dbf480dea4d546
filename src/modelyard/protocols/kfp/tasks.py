"""Logs and contents of artifacts of a run's tasks; a node is a task, by its id or name."""

import base64

from modelyard.domain.errors import NotFound, TooLarge
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import TEXT, Reply, json_reply
from modelyard.protocols.kfp import parsing, wire
from modelyard.protocols.kfp.state import KfpState
from modelyard.services.artifacts import location_path

LARGEST_ARTIFACT = 64 << 20


async def log(call: Call[KfpState]) -> Reply:
    task = await call.state.logs.find(call.principal, call.params["id"], call.params["node"])
    pieces = await call.state.logs.read(call.principal, task, follow=parsing.flag(call, "follow"))
    return Reply(200, pieces, TEXT)


async def artifact(call: Call[KfpState]) -> Reply:
    task = await call.state.logs.find(call.principal, call.params["id"], call.params["node"])
    made = task.outputs.artifacts.get(call.params["name"]) or task.inputs.artifacts.get(call.params["name"])
    if not made:
        raise NotFound(f"The task {task.id} has no artifact {call.params['name']}")
    file, content = await call.state.artifacts.open(call.principal, location_path(made[0].uri))
    if file.blob.size > LARGEST_ARTIFACT:
        raise TooLarge(f"The artifact has {file.blob.size} bytes; fetch it from {made[0].uri} instead")
    whole = b"".join([piece async for piece in content])
    return json_reply(wire.ArtifactContent(base64.b64encode(whole).decode()))
