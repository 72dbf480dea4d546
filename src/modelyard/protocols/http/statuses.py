"""The HTTP status of each error, for the protocols that use HTTP as it is meant; MLflow's has a table of its own."""

import math

from modelyard.domain import errors
from modelyard.protocols.http.errors import MethodNotAllowed, RequestTimeout
from modelyard.protocols.http.reply import Headers

_STATUS: dict[type[Exception], int] = {
    errors.InvalidInput: 400,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    MethodNotAllowed: 405,
    RequestTimeout: 408,
    errors.AlreadyExists: 409,
    errors.InvalidState: 409,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Overloaded: 429,
    errors.PredictionFailed: 500,
    errors.NotSupported: 501,
    errors.Unavailable: 503,
    errors.DeadlineExceeded: 504,
    errors.StorageFull: 507,
}


def status_of(error: Exception) -> int:
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def headers_of(error: Exception) -> Headers:
    """When to try again, where that may help."""
    return (("retry-after", str(math.ceil(error.retry_after))),) if isinstance(error, errors.Unavailable) else ()
