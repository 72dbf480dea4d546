"""Driver errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from modelyard.domain.errors import Conflict, Corrupt, InvalidInput, StorageFull, Unavailable

_FULL = ("disk is full", "no space left", "could not extend file")
_IO = ("disk i/o error", "readonly database", "unable to open database file")
_DAMAGED = ("malformed", "not a database", "invalid page in block")
_TOO_COMPLEX = (
    "at most 64 tables",
    "expression tree is too large",
    "pattern too complex",
    "too many sql variables",
    "stack depth limit exceeded",
)


@contextmanager
def translated() -> Iterator[None]:
    """Raises StorageFull, Unavailable, Corrupt, Conflict or InvalidInput in place of the driver's errors."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Conflict(f"Somebody else made a conflicting change at the same time; try again ({error.orig})") from error
    except exc.DataError as error:
        raise InvalidInput(f"The request has a value that the database cannot take ({_first_line(error)})") from error
    except exc.DBAPIError as error:
        text = str(error.orig).lower()
        if any(sign in text for sign in _FULL):
            raise StorageFull("The disk that holds the database is full; free some space and try again") from error
        if any(sign in text for sign in _IO):
            raise Unavailable(
                f"The database cannot be written ({error.orig}); check its disk and permissions"
            ) from error
        if any(sign in text for sign in _DAMAGED):
            raise Corrupt(
                f"The database is damaged ({_first_line(error)}); `modelyard verify` says where, a backup has it whole"
            ) from error
        if any(sign in text for sign in _TOO_COMPLEX):
            raise InvalidInput(f"The request asks for too much at once ({_first_line(error)})") from error
        if error.connection_invalidated or isinstance(error, exc.OperationalError):
            raise Unavailable(f"The database does not answer ({error.orig}); try again") from error
        raise


def _first_line(error: exc.DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]


def ends_the_transaction(error: Exception) -> bool:
    """Whether nothing more can be done on the connection after this."""
    return isinstance(error, (StorageFull, Unavailable))
