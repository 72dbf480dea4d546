"""Artifacts of a run, a logged model or a model version: paths below the root that it says it has."""

from collections.abc import AsyncIterator
from typing import Final

from modelyard.domain.errors import InvalidInput, TooLarge
from modelyard.domain.pages import PageRequest
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.artifacts import send
from modelyard.protocols.mlflow.convert import artifacts as convert
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import artifacts as wire
from modelyard.services.artifacts import location_path, path_in

PAGE: Final = 10_000
"""Entries of a listing that are sent at once; MLflow's own clients do not ask for the rest."""

LARGEST_UPLOAD: Final = 10 << 20
MODEL: Final = "model_id"

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""Bodies of these kinds are fields, not a file, and any page may send them unasked."""


async def list_of_run(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.ListArtifacts)
    return await _list(call, await root_of_run(call, sent.run_id), sent.path, sent.page_token)


async def list_of_model(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.ListOfModel)
    return await _list(
        call, await root_of_model(call, call.params[MODEL]), sent.artifact_directory_path, sent.page_token
    )


async def get_of_run(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetArtifact)
    return await send(call, path_in(await root_of_run(call, sent.run_id), sent.path))


async def get_of_model(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetOfModel)
    return await send(call, path_in(await root_of_model(call, call.params[MODEL]), sent.artifact_file_path))


async def get_of_version(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetOfVersion)
    version = await call.state.versions.get(call.principal, sent.name, sent.version)
    return await send(call, path_in(await _root_of_version(call, version.location), sent.path))


async def upload_to_run(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetArtifact)
    path = path_in(await root_of_run(call, sent.run_id), sent.path)
    try:
        content = await call.body(LARGEST_UPLOAD)
    except TooLarge:
        raise InvalidInput("Artifact size is too large. Max size is 10MB.") from None
    if not content or call.content_type in _FORMS:
        raise InvalidInput("Request must specify data.")
    await call.state.artifacts.put(call.principal, path, _once(content))
    return Reply(200, b"")


async def root_of_run(call: Call[MlflowState], run_id: str) -> str:
    return (await call.state.runs.get(call.principal, run_id)).run.artifact_uri


async def root_of_model(call: Call[MlflowState], model_id: str) -> str:
    return (await call.state.logged_models.get(call.principal, model_id)).artifact_uri


async def _root_of_version(call: Call[MlflowState], location: str) -> str:
    if not location.startswith("runs:/"):
        return location
    return (await call.state.versions.resolve(call.principal, location)).location


async def _list(call: Call[MlflowState], root_uri: str, path: str, token: str) -> Reply:
    root = location_path(root_uri)
    page = await call.state.artifacts.page(call.principal, path_in(root_uri, path), PageRequest(PAGE, token or None))
    return json_reply(convert.below(page, root_uri, root))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
