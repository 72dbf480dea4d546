"""Which of a caller's headers its endpoint's transformer is told."""

from collections.abc import Mapping

from modelyard.domain.errors import TooLarge

MOST = 64
LONGEST = 16_384
_OF_A_CONNECTION = {
    "connection",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_OF_A_BODY = {  # which is written anew
    "accept-encoding",
    "content-encoding",
    "content-length",
    "content-type",
    "inference-header-content-length",
}
_CREDENTIALS = {"authorization", "cookie", "proxy-authorization", "x-auth-token"}
_KEPT_BACK = frozenset(_OF_A_CONNECTION | _OF_A_BODY | _CREDENTIALS)
_OF_ENVELOPES = ("ce-", "grpc-")


def passed(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Without those of the connection and the body, and without credentials; their names are in lower case."""
    named = {name.strip().lower() for name in headers.get("connection", "").split(",")}
    return {
        name: value
        for name, value in headers.items()
        if name not in _KEPT_BACK and name not in named and not name.startswith(_OF_ENVELOPES)
    }


def wired(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The same as they are sent. Raises TooLarge."""
    found = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in passed(headers).items()]
    size = sum(len(name) + len(value) for name, value in found)
    if len(found) > MOST or size > LONGEST:
        raise TooLarge(
            f"The request has {len(found)} headers of {size} bytes for this endpoint's transformer, which is told up "
            f"to {MOST} of {LONGEST} bytes"
        )
    return found
