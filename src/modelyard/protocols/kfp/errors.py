"""How grpc-gateway tells errors, and how the routes for uploads do."""

from modelyard.domain import errors
from modelyard.protocols.http.errors import MethodNotAllowed, RequestTimeout
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.http.statuses import headers_of
from modelyard.protocols.kfp.wire import Error, StatusDetail, UploadError

_INTERNAL = (13, 500)
_CODES: dict[type[Exception], tuple[int, int]] = {
    errors.InvalidInput: (3, 400),
    errors.TooLarge: (3, 413),
    errors.UnsupportedMediaType: (3, 415),
    RequestTimeout: (4, 408),
    errors.DeadlineExceeded: (4, 504),
    errors.NotFound: (5, 404),
    errors.AlreadyExists: (6, 409),
    errors.PermissionDenied: (7, 403),
    errors.Overloaded: (8, 429),
    errors.StorageFull: (8, 507),
    errors.InvalidState: (9, 400),
    errors.Conflict: (10, 409),
    errors.NotSupported: (12, 501),
    MethodNotAllowed: (12, 405),
    errors.Unavailable: (14, 503),
    errors.Unauthenticated: (16, 401),
}
"""grpc's code and HTTP's status."""


def render_error(error: Exception) -> Reply:
    code, status = _code_of(error)
    message = str(error)
    return json_reply(Error(code, message, [StatusDetail(code, message)]), status, headers_of(error))


def render_upload_error(error: Exception) -> Reply:
    _, status = _code_of(error)
    return json_reply(UploadError(str(error), str(error)), status, headers_of(error))


def _code_of(error: Exception) -> tuple[int, int]:
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), _INTERNAL)
