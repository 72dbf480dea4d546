"""The artifact proxy: paths below the workspace's root, which clients put together from `mlflow-artifacts:` URIs."""

from modelyard.protocols.http import downloads
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import artifacts as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import artifacts as wire

PATH = "artifact_path"


async def download(call: Call[MlflowState]) -> Reply:
    return await send(call, call.params[PATH])


async def upload(call: Call[MlflowState]) -> Reply:
    artifacts = call.state.artifacts
    await artifacts.put(call.principal, call.params[PATH], call.stream(artifacts.largest_file))
    return Reply(200, b"")


async def delete(call: Call[MlflowState]) -> Reply:
    await call.state.artifacts.delete(call.principal, call.params[PATH])
    return NOTHING


async def listing(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.ListProxied)
    return json_reply(convert.basenames(await call.state.artifacts.list(call.principal, sent.path)))


async def send(call: Call[MlflowState], path: str) -> Reply:
    """The file at a path of the workspace. Raises NotFound, InvalidInput."""
    artifacts = call.state.artifacts
    file = await artifacts.get(call.principal, path)
    download = downloads.Download(
        name=file.path.rpartition("/")[2],
        size=file.blob.size,
        tag=file.blob.digest,
        read=lambda start, stop: artifacts.read(file, start, stop),
    )
    return await downloads.send(download, call.headers)
