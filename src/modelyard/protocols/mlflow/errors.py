from modelyard.domain import errors
from modelyard.domain.models import AliasNotFound
from modelyard.protocols.http.errors import InternalError, MethodNotAllowed, NoSuchRoute, RequestTimeout
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow.wire.server import Error

# What a client does with an answer follows from the status: stock clients repeat 408, 429, 500, 502, 503 and 504 for
# minutes, so only what may pass by itself has one of these. (MLflow gives InvalidState 500, and its users test for it.)
# A full disk does not empty itself while a training loop waits, hence 507, which is told to the user at once.
_TABLE: dict[type[Exception], tuple[int, str]] = {
    errors.ModelyardError: (500, "INTERNAL_ERROR"),
    errors.InvalidInput: (400, "INVALID_PARAMETER_VALUE"),
    errors.NotFound: (404, "RESOURCE_DOES_NOT_EXIST"),
    AliasNotFound: (400, "INVALID_PARAMETER_VALUE"),  # as MLflow has it
    NoSuchRoute: (404, "ENDPOINT_NOT_FOUND"),
    MethodNotAllowed: (405, "ENDPOINT_NOT_FOUND"),
    errors.AlreadyExists: (400, "RESOURCE_ALREADY_EXISTS"),
    errors.InvalidState: (500, "INVALID_STATE"),
    errors.Conflict: (409, "RESOURCE_CONFLICT"),
    errors.Unauthenticated: (401, "UNAUTHENTICATED"),
    errors.PermissionDenied: (403, "PERMISSION_DENIED"),
    errors.TooLarge: (413, "INVALID_PARAMETER_VALUE"),
    errors.UnsupportedMediaType: (415, "INVALID_PARAMETER_VALUE"),
    errors.NotSupported: (501, "NOT_IMPLEMENTED"),
    errors.Unavailable: (503, "TEMPORARILY_UNAVAILABLE"),
    errors.DeadlineExceeded: (504, "DEADLINE_EXCEEDED"),
    errors.StorageFull: (507, "RESOURCE_EXHAUSTED"),
    errors.Corrupt: (500, "DATA_LOSS"),
    RequestTimeout: (408, "DEADLINE_EXCEEDED"),
    InternalError: (500, "INTERNAL_ERROR"),
}


def render_error(error: Exception) -> Reply:
    status, code = next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)
    return json_reply(Error(code, str(error)), status)
