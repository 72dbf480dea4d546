"""`{"error_code", "message"}` with MLflow's codes; what its server says in plain text, so do we."""

from modelyard.domain import errors
from modelyard.protocols.http.errors import MethodNotAllowed, RequestTimeout
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.scoring.wire import Error

RETRY_AFTER = (("retry-after", "1"),)
_DIALECT: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidInput: (400, "BAD_REQUEST"),
    errors.Unauthenticated: (401, "UNAUTHENTICATED"),
    errors.PermissionDenied: (403, "PERMISSION_DENIED"),
    errors.NotFound: (404, "RESOURCE_DOES_NOT_EXIST"),
    MethodNotAllowed: (405, "BAD_REQUEST"),
    RequestTimeout: (408, "BAD_REQUEST"),
    errors.TooLarge: (413, "BAD_REQUEST"),
    errors.NotSupported: (501, "NOT_IMPLEMENTED"),
    errors.Unavailable: (503, "TEMPORARILY_UNAVAILABLE"),
}
_AS_TEXT: dict[type[Exception], int] = {errors.UnsupportedMediaType: 415, errors.DeadlineExceeded: 504}


def render_error(error: Exception) -> Reply:
    for kind in type(error).__mro__:
        if kind in _AS_TEXT:
            return text_reply(str(error), _AS_TEXT[kind])
        if kind in _DIALECT:
            status, code = _DIALECT[kind]
            return json_reply(Error(code, str(error)), status, RETRY_AFTER if status == 503 else ())
    return json_reply(Error("INTERNAL_ERROR", str(error)), 500)
