from dataclasses import replace

from modelyard.protocols.http import downloads
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native import convert_runs, parse
from modelyard.protocols.native import wire_runs as wire
from modelyard.protocols.native.state import NativeState
from modelyard.services.artifacts import location_path, path_in

_REPLACED = frozenset({"content-disposition", "content-security-policy"})
_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data:; frame-ancestors 'self'"
)
"""Of a page that somebody logged: an origin of its own, and no way to any server, this one included."""


async def index(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadFolder)
    root = (await call.state.runs.get(call.principal, call.params["id"])).run.artifact_uri
    found = await call.state.artifacts.list(call.principal, path_in(root, asked.path))
    return json_reply(convert_runs.folder(found, location_path(root)))


async def content(call: Call[NativeState]) -> Reply:
    asked = parse.query(call, wire.ReadFile)
    root = (await call.state.runs.get(call.principal, call.params["id"])).run.artifact_uri
    return await sent(call, path_in(root, asked.path), page=asked.page)


async def sent(call: Call[NativeState], path: str, *, page: bool) -> Reply:
    """A file, whole or in part; as a `page`, it is shown and not downloaded."""
    artifacts = call.state.artifacts
    file = await artifacts.get(call.principal, path)
    name, blob = file.path.rpartition("/")[2], file.blob
    download = downloads.Download(name, blob.size, blob.digest, lambda start, stop: artifacts.read(file, start, stop))
    reply = await downloads.send(download, call.headers)
    return _as_page(reply) if page else reply


def _as_page(reply: Reply) -> Reply:
    kept = tuple(header for header in reply.headers if header[0] not in _REPLACED)
    headers = (*kept, ("content-security-policy", _POLICY))
    return replace(reply, content_type="text/html; charset=utf-8", headers=headers)
