"""The native API's dialect of errors: a status, a code to branch on and a message to read."""

from modelyard.domain import errors
from modelyard.protocols.http import observe
from modelyard.protocols.http.errors import MethodNotAllowed, NoSuchRoute, RequestTimeout
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.native.wire import Error, ErrorBody

_DIALECT: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidInput: (400, "invalid_input"),
    errors.Unauthenticated: (401, "unauthenticated"),
    errors.PermissionDenied: (403, "permission_denied"),
    errors.NotFound: (404, "not_found"),
    NoSuchRoute: (404, "no_such_route"),
    MethodNotAllowed: (405, "method_not_allowed"),
    RequestTimeout: (408, "request_timeout"),
    errors.AlreadyExists: (409, "already_exists"),
    errors.InvalidState: (409, "invalid_state"),
    errors.Conflict: (409, "conflict"),
    errors.TooLarge: (413, "too_large"),
    errors.UnsupportedMediaType: (415, "unsupported_media_type"),
    errors.PredictionFailed: (500, "prediction_failed"),
    errors.NotSupported: (501, "not_supported"),
    errors.Unavailable: (503, "unavailable"),
    errors.DeadlineExceeded: (504, "deadline_exceeded"),
    errors.StorageFull: (507, "storage_full"),
}


def render_error(error: Exception) -> Reply:
    status, code = next((_DIALECT[kind] for kind in type(error).__mro__ if kind in _DIALECT), (500, "internal"))
    return json_reply(ErrorBody(Error(code, str(error), observe.request_id.get())), status)
