"""Compressed bodies of requests, unpacked into bounded memory."""

import zlib

from modelyard.domain.errors import InvalidInput, TooLarge, UnsupportedMediaType

ENCODINGS = ("gzip", "x-gzip", "deflate")
_EITHER = 47  # zlib's window size, and whichever of the headers of gzip and zlib there is


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """What was compressed.

    Raises UnsupportedMediaType for another encoding, InvalidInput for a broken body, and TooLarge over `limit` bytes,
    without making more of them.
    """
    if encoding not in ENCODINGS:
        raise UnsupportedMediaType(
            f"The Content-Encoding '{encoding[:50]}' is not read here; send gzip, deflate, or the body as it is"
        )
    inflater = zlib.decompressobj(_EITHER)
    try:
        whole = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise InvalidInput(f"The body is not what its Content-Encoding '{encoding}' says: {error}") from None
    if len(whole) > limit:
        raise TooLarge(f"The body is over this route's limit of {limit} bytes when unpacked; send less at a time")
    if not inflater.eof or inflater.unused_data:
        raise InvalidInput(f"The body is not what its Content-Encoding '{encoding}' says: it ends early, or goes on")
    return whole
