"""Driver errors in our words, whether SQLAlchemy has wrapped them or not."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import exc

from modelyard.domain.errors import Conflict, Corrupt, InvalidInput, ModelyardError, StorageFull, Unavailable

_DRIVERS = frozenset({"sqlite3", "psycopg"})
_SIGNS: Sequence[tuple[Sequence[str], Callable[[str], ModelyardError]]] = (
    (
        ("disk is full", "no space left", "could not extend file"),
        lambda _: StorageFull("The disk that holds the database is full; free some space and try again"),
    ),
    (
        ("disk i/o error", "readonly database", "unable to open database file"),
        lambda text: Unavailable(f"The database cannot be written ({text}); check its disk and permissions"),
    ),
    (
        ("malformed", "not a database", "invalid page in block"),
        lambda text: Corrupt(
            f"The database is damaged ({_first_line(text)}); `modelyard verify` says where, a backup has it whole"
        ),
    ),
    (
        (
            "at most 64 tables",
            "expression tree is too large",
            "pattern too complex",
            "too many sql variables",
            "stack depth limit exceeded",
            "index row ",  # PostgreSQL's for a text that is too long for an index
        ),
        lambda text: InvalidInput(f"The request asks for too much at once ({_first_line(text)})"),
    ),
)


@contextmanager
def translated() -> Iterator[None]:
    """Raises StorageFull, Unavailable, Corrupt, Conflict or InvalidInput in place of the driver's errors."""
    try:
        yield
    except Exception as error:
        ours = _in_our_words(error)
        if ours is None:
            raise
        raise ours from error


def _in_our_words(error: Exception) -> ModelyardError | None:
    if isinstance(error, (OverflowError, UnicodeEncodeError)):
        return InvalidInput(f"The request has a value that the database cannot take ({error})")
    driver_error = error.orig if isinstance(error, exc.DBAPIError) else error
    kinds = _kinds(driver_error)
    if "Error" not in kinds:
        return None
    text = str(driver_error)
    if "IntegrityError" in kinds:
        return Conflict(f"Somebody else made a conflicting change at the same time; try again ({text})")
    if "DataError" in kinds:
        return InvalidInput(f"The request has a value that the database cannot take ({_first_line(text)})")
    said = text.lower()
    known = next((ours for signs, ours in _SIGNS if any(sign in said for sign in signs)), None)
    if known is not None:
        return known(text)
    lost = isinstance(error, exc.DBAPIError) and error.connection_invalidated
    return (
        Unavailable(f"The database does not answer ({text}); try again")
        if lost or "OperationalError" in kinds
        else None
    )


def _kinds(error: BaseException | None) -> frozenset[str]:
    """The classes of an error of a driver, which all drivers call the same; none for any other error."""
    return frozenset(kind.__name__ for kind in type(error).__mro__ if kind.__module__.partition(".")[0] in _DRIVERS)


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def ends_the_transaction(error: Exception) -> bool:
    """Whether nothing more can be done on the connection after this."""
    return isinstance(error, (StorageFull, Unavailable))
