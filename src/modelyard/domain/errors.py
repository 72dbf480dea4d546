"""What can go wrong, in our words; each protocol translates these to its own dialect in its errors.py."""

LONGEST = 10_000
"""Characters of a message: it may quote what it refuses, which may be as long as a body."""


class ModelyardError(Exception):
    """Base of every error a user may see. The message says what was wrong, where, and what to do."""

    def __init__(self, message: str) -> None:
        self.message = _sendable(message)
        super().__init__(self.message)


class InvalidInput(ModelyardError):
    """A value the caller sent cannot be accepted."""


class NotFound(ModelyardError):
    """The named thing does not exist, or may not be seen."""


class AlreadyExists(ModelyardError):
    """A name or id is taken."""


class InvalidState(ModelyardError):
    """The thing exists but is not in a state that allows this."""


class Conflict(ModelyardError):
    """Somebody else changed it at the same time; asking again may succeed."""


class Unauthenticated(ModelyardError):
    """Who is asking is not known."""


class PermissionDenied(ModelyardError):
    """Who is asking may not do this."""


class TooLarge(ModelyardError):
    """A body, name or page is over its limit."""


class UnsupportedMediaType(ModelyardError):
    """The body's content type is not one this route reads."""


class NotSupported(ModelyardError):
    """A known request this server does not carry out."""


class Unavailable(ModelyardError):
    """Temporarily not possible; asking again after `retry_after` seconds may succeed."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(Unavailable):
    """More is asked for than can be answered; whoever asks less often will be answered."""


class DeadlineExceeded(ModelyardError):
    """The work took longer than allowed."""


class StorageFull(ModelyardError):
    """The disk or store has no room; nothing of the change was kept."""


class PredictionFailed(ModelyardError):
    """The model itself raised while predicting."""


class StartupError(ModelyardError):
    """The server cannot start; nothing was touched."""


class Corrupt(ModelyardError):
    """Stored bytes are not what we once wrote."""


def _sendable(message: str) -> str:
    """Cut, and without halves of surrogate pairs, which no answer and no log can hold."""
    shown = message if len(message) <= LONGEST else f"{message[:LONGEST]}..."
    return shown if shown.isascii() else shown.encode(errors="replace").decode()
