"""`{"error_code", "message"}` with MLflow's codes; what its server says in plain text, so do we."""

import msgspec

from modelyard.domain import errors
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.http.statuses import headers_of, status_of
from modelyard.protocols.scoring.wire import Error

_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "BAD_REQUEST",
    408: "BAD_REQUEST",
    413: "BAD_REQUEST",
    429: "REQUEST_LIMIT_EXCEEDED",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}


def render_error(error: Exception) -> Reply:
    status = status_of(error)
    if isinstance(error, errors.UnsupportedMediaType | errors.DeadlineExceeded):
        return text_reply(str(error), status)
    return json_reply(_said(error), status, headers_of(error))


def body(error: Exception) -> bytes:
    """The same as a piece of an answer that had begun."""
    return msgspec.json.encode({"error": _said(error)})


def _said(error: Exception) -> Error:
    return Error(_CODES.get(status_of(error), "INTERNAL_ERROR"), str(error))
