from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.operations.state import OperationsState

HTML = "text/html; charset=utf-8"
_SEALED = (
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"),
)


async def openapi(call: Call[OperationsState]) -> Reply:
    return Reply(200, call.state.openapi())


async def documentation(call: Call[OperationsState]) -> Reply:
    return Reply(200, call.state.documentation(), HTML, _SEALED)


async def welcome(call: Call[OperationsState]) -> Reply:
    """Clients of KServe's V1 ask here whether the server lives; who wants JSON gets what they look for."""
    accepted = call.headers.get("accept", "")
    if "application/json" in accepted and "text/html" not in accepted:
        return json_reply({"status": "alive"})
    return Reply(200, call.state.welcome(), HTML, _SEALED)
