from typing import TypeVar

import msgspec

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.protocols.http import names
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.oip import describe, wire
from modelyard.protocols.oip.state import OipState
from modelyard.serving.repository import ModelState

T = TypeVar("T", bound=msgspec.Struct)


async def index(call: Call[OipState]) -> Reply:
    asked = await _body(call, wire.RepositoryIndex)
    found = await call.state.repository.index(call.principal)
    kept = [one for one in found if one.state is ModelState.READY or not asked.ready]
    endpoint = call.params.get(names.ENDPOINT)
    mine = ((one, shown) for one in kept for shown in names.within(endpoint, (one.name,)))
    return json_reply([describe.listed(one, shown) for one, shown in mine])


async def load(call: Call[OipState]) -> Reply:
    asked = await _body(call, wire.RepositoryChange)
    if asked.parameters is not None and bytes(asked.parameters.config) != b"null":
        raise NotSupported("A model is served as its endpoint says; its configuration cannot be sent with the request")
    await call.state.repository.load(call.principal, names.full(call.params))
    return json_reply({})


async def unload(call: Call[OipState]) -> Reply:
    await _body(call, wire.RepositoryChange)
    await call.state.repository.unload(call.principal, names.full(call.params))
    return json_reply({})


async def _body(call: Call[OipState], kind: type[T]) -> T:
    """Clients send nothing at all where they have nothing to say."""
    sent = await call.body()
    try:
        return msgspec.json.decode(sent.strip() or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"The body is not what this call takes: {error}") from None
