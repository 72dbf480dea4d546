"""Folders of files as zips."""

import re
from functools import partial

from modelyard.protocols.http import archives
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.native import parse, wire_models, wire_runs
from modelyard.protocols.native.state import NativeState
from modelyard.services.artifacts import location_path, path_in

_PLAIN = re.compile(r"[^\w.-]+")


async def of_run(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire_runs.ReadFolder)
    run = (await call.state.runs.get(call.principal, call.params["id"])).run
    return await _sent(call, path_in(run.artifact_uri, asked.path), asked.path.strip("/") or run.name)


async def of_model(call: Call[NativeState]) -> Reply:
    uri = parse.query(call, wire_models.ReadDocument).uri
    found = await call.state.versions.resolve(call.principal, uri)
    return await _sent(call, location_path(found.location), uri.partition(":")[2])


async def _sent(call: Call[NativeState], root: str, called: str) -> Reply:
    artifacts = call.state.artifacts
    found = await artifacts.all_in(call.principal, root)
    members = [
        archives.Member(inside, file.modified_at, file.blob.size, partial(artifacts.read, file))
        for inside, file in found
    ]
    return archives.send(_PLAIN.sub("-", called).strip("-.")[:100] or "artifacts", members)
