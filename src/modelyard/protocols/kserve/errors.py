"""Status codes and the `{"error": …}` body, as KServe's server answers."""

from modelyard.domain import errors
from modelyard.protocols.http.errors import MethodNotAllowed, RequestTimeout
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kserve.wire import Error

RETRY_AFTER = (("retry-after", "1"),)
_STATUS: dict[type[Exception], int] = {
    errors.InvalidInput: 400,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    MethodNotAllowed: 405,
    RequestTimeout: 408,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.PredictionFailed: 500,
    errors.NotSupported: 501,
    errors.Unavailable: 503,
    errors.DeadlineExceeded: 504,
}


def render_error(error: Exception) -> Reply:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    return json_reply(Error(str(error)), status, RETRY_AFTER if status == 503 else ())
