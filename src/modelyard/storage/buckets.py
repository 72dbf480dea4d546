"""What all who speak to a bucket share: names of objects, and its errors in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError

from modelyard.domain.artifacts import Blob
from modelyard.domain.errors import StorageFull, Unavailable

BLOBS = "blobs/"
UPLOADS = "uploads/"

_KEY = re.compile(f"{BLOBS}([0-9a-f]{{2}})/([0-9a-f]{{62}})")
_NO_ROOM = ("StorageFull", "QuotaExceeded", "507 ")


def key_of(blob: Blob) -> str:
    digest = blob.digest.removeprefix("sha256:")
    return f"{BLOBS}{digest[:2]}/{digest[2:]}"


def digest_of(key: str) -> str | None:
    """The digest that a blob's key is made of; none for what others have put beside."""
    found = _KEY.fullmatch(key)
    return f"sha256:{found[1]}{found[2]}" if found else None


@contextmanager
def bucket_faults(name: str) -> Iterator[None]:
    """Raises StorageFull or Unavailable in place of the store's errors."""
    try:
        yield
    except (BaseError, OSError) as error:
        if any(sign in str(error) for sign in _NO_ROOM):
            raise StorageFull(f"There is no room left in {name}; nothing was kept") from error
        raise Unavailable(
            f"The artifact store {name} does not do what it is asked ({first_line(error)}); "
            "check that the bucket exists, the credentials, and the network"
        ) from error


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
