"""Files that clients put into the store, and fetch from it, themselves: the server only gives out URLs."""

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final
from urllib.parse import urlsplit

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.artifacts import PATH
from modelyard.protocols.mlflow.convert import artifacts as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.rooted_artifacts import root_of_model, root_of_run
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import artifacts as wire
from modelyard.services.artifacts import path_in, safe_path

URL_SECONDS: Final = 300
"""As MLflow's; its clients ask for another URL when one has expired."""

LONGEST_COMPLETION: Final = 32 << 20
"""Clients send back the URL of each of 10,000 parts, which with a session's token has two thousand characters."""

_PROXIED: Final = frozenset({"mlflow-artifacts", "http", "https"})
_OF_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")


async def create_upload(call: Call[MlflowState]) -> Reply:
    _check(call)
    sent = await parsing.body(call, wire.CreateUpload)
    begun = await call.state.direct_access.create_upload(call.principal, _target(call, sent.path), sent.num_parts)
    return json_reply(convert.begun(*begun))


async def complete_upload(call: Call[MlflowState]) -> Reply:
    _check(call)
    sent = await parsing.body(call, wire.CompleteUpload, LONGEST_COMPLETION)
    parts = [(part.part_number, part.etag) for part in sent.parts]
    await call.state.direct_access.complete_upload(call.principal, _target(call, sent.path), sent.upload_id, parts)
    return NOTHING


async def abort_upload(call: Call[MlflowState]) -> Reply:
    _check(call)
    sent = await parsing.body(call, wire.AbortUpload)
    await call.state.direct_access.abort_upload(call.principal, _target(call, sent.path), sent.upload_id)
    return NOTHING


async def url_of_file(call: Call[MlflowState]) -> Reply:
    path = safe_path(call.params[PATH])
    file, url = await call.state.direct_access.download_url(call.principal, path, URL_SECONDS)
    return json_reply(wire.PresignedFile(url, {}, file.blob.size))


async def download_url(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.PresignDownload)
    path = safe_path(sent.path)
    root = await root_of_run(call, sent.run_id)
    if not call.state.direct_access.supported:
        raise _refusal(root, "download is not supported for runs with", "a run with a")
    found = await call.state.direct_access.download_url(call.principal, path_in(root, path), sent.expiration)
    return json_reply(wire.DownloadUrl(found[1], found[0].blob.size))


async def upload_url(call: Call[MlflowState]) -> Reply:
    """Never given: a file has its name only once its content is known, and nobody would tell us of it."""
    sent = await parsing.body(call, wire.PresignUpload)
    if bool(sent.run_id) == bool(sent.model_id):
        raise InvalidInput("Exactly one of run_id and model_id must be provided.")
    safe_path(sent.path)
    root = await (root_of_run(call, sent.run_id) if sent.run_id else root_of_model(call, sent.model_id))
    raise _refusal(root, "upload is not supported for", "a")


def _check(call: Call[MlflowState]) -> None:
    """What is wrong before the body is read. Raises InvalidInput, NotSupported."""
    safe_path(call.params[PATH])
    call.state.direct_access.check_uploads()


def _target(call: Call[MlflowState], local: str) -> str:
    """Where in the workspace a file of the client's goes: into the directory of the URL, under its own name."""
    name = (PureWindowsPath(local) if _OF_WINDOWS.match(local) else PurePosixPath(local)).name
    if not name:
        raise InvalidInput("Invalid path: it names no file")
    return f"{call.params[PATH]}/{name}"


def _refusal(root: str, what: str, needed: str) -> InvalidInput | NotSupported:
    scheme = urlsplit(root).scheme
    if scheme in _PROXIED:
        return InvalidInput(
            f"Presigned {what} proxied artifact storage (artifact URI scheme: {scheme}). "
            f"This endpoint requires {needed} direct cloud storage artifact URI."
        )
    return NotSupported(f"Presigned {what.partition(' ')[0]} is not supported for the current artifact repository")
