from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.operations.state import OperationsState

HTML = "text/html; charset=utf-8"
_SEALED = (
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"),
)


async def openapi(call: Call[OperationsState]) -> Reply:
    return Reply(200, call.state.openapi())


async def documentation(call: Call[OperationsState]) -> Reply:
    return Reply(200, call.state.documentation(), HTML, _SEALED)
