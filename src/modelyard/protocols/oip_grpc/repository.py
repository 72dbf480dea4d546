from typing import Any

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.protocols.oip_grpc.call import RpcCall
from modelyard.protocols.oip_grpc.wire import CLASSES
from modelyard.serving.repository import ModelState


async def index(call: RpcCall) -> Any:
    found = await call.state.repository.index(call.principal)
    kept = [one for one in found if one.state is ModelState.READY or not call.message.ready]
    listed = [
        CLASSES["ModelIndex"](name=one.name, version=one.version, state=one.state.value, reason=one.reason)
        for one in kept
    ]
    return CLASSES["RepositoryIndexResponse"](models=listed)


async def load(call: RpcCall) -> Any:
    name = _name(call)
    if call.message.parameters:
        raise NotSupported("A model is served as its endpoint says; its configuration cannot be sent with the request")
    await call.state.repository.load(call.principal, name)
    return CLASSES["RepositoryModelLoadResponse"](model_name=name, isLoaded=True)


async def unload(call: RpcCall) -> Any:
    name = _name(call)
    await call.state.repository.unload(call.principal, name)
    return CLASSES["RepositoryModelUnloadResponse"](model_name=name, isUnloaded=True)


def _name(call: RpcCall) -> str:
    """KServe's clients send the name where Triton's send that of a repository, of which there is one here."""
    name: str = call.message.model_name or call.message.repository_name
    if not name:
        raise InvalidInput("The request names no model")
    return name
