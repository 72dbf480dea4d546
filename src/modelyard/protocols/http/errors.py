"""What goes wrong in HTTP itself, before any noun is involved."""

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound


class NoSuchRoute(NotFound):
    """No route has this path."""


class MethodNotAllowed(ModelyardError):
    """The path exists for other methods."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class RequestTimeout(ModelyardError):
    """The body did not arrive in time."""


class InternalError(ModelyardError):
    """A fault of ours; the log has the rest under the request id."""


class MalformedBody(InvalidInput):
    """The body is not the document it claims to be."""


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""
