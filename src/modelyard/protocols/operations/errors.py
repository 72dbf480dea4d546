from modelyard.domain import errors
from modelyard.protocols.http.errors import MethodNotAllowed, RequestTimeout
from modelyard.protocols.http.reply import Reply, text_reply

_STATUS: dict[type[Exception], int] = {
    errors.InvalidInput: 400,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    MethodNotAllowed: 405,
    RequestTimeout: 408,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Unavailable: 503,
}


def render_error(error: Exception) -> Reply:
    """Plain text: who gets this reads it in a terminal or a browser."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    return text_reply(f"{error}\n", status)
