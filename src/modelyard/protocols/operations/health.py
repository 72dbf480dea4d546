import msgspec

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.operations.state import OperationsState

_NO_STORE = (("cache-control", "no-store"),)


class Health(msgspec.Struct, omit_defaults=True):
    status: str
    problems: dict[str, str] = {}
    notes: dict[str, str] = {}


async def live(_: Call[OperationsState]) -> Reply:
    return json_reply(Health("ok"), headers=_NO_STORE)


async def ready(call: Call[OperationsState]) -> Reply:
    problems = dict(await call.state.ready())
    if problems:
        return json_reply(Health("unavailable", problems), 503, _NO_STORE)
    return json_reply(Health("ok", notes=dict(call.state.notes())), headers=_NO_STORE)


async def metrics(call: Call[OperationsState]) -> Reply:
    body, content_type = call.state.metrics()
    return Reply(200, body, content_type, _NO_STORE)
