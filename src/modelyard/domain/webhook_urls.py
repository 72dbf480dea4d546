"""Where a webhook's deliveries go, taken apart. Whether the host may be called is judged when it is."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from modelyard.domain.errors import InvalidInput
from modelyard.domain.webhooks import URL_LENGTH

_PORTS = {"https": 443, "http": 80}
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Target:
    """`path` is with the query, as it is asked for; `authority` is what the Host header says."""

    secure: bool
    host: str
    port: int
    authority: str
    path: str


def target(url: str, *, allow_http: bool) -> Target:
    """Raises InvalidInput for anything but a whole https URL, or http where it is allowed."""
    if not url.strip():
        raise InvalidInput(f"Webhook URL cannot be empty or just whitespace: {url[:20]!r}")
    if len(url) > URL_LENGTH:
        raise InvalidInput(f"The webhook URL has {len(url)} characters; at most {URL_LENGTH} are allowed")
    if not _PRINTABLE.fullmatch(url):
        raise InvalidInput(
            "The webhook URL has characters that no URL has; write its path percent-encoded and its host in ASCII"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidInput(f"Invalid webhook URL: {error}") from None
    schemes = ["https", "http"] if allow_http else ["https"]
    if parts.scheme not in schemes:
        raise InvalidInput(
            f"Invalid webhook URL scheme: {parts.scheme!r}. Allowed schemes are: {', '.join(schemes)}."
            + ("" if allow_http else " A server started with --allow-private-webhooks takes http as well.")
        )
    if not host or port == 0:
        raise InvalidInput("Webhook URL must include a hostname, and a port that is not 0 if it has one")
    if "@" in parts.netloc:
        raise InvalidInput(
            "The webhook URL holds a user name or password, which everybody could read; give the webhook a secret"
        )
    return Target(
        secure=parts.scheme == "https",
        host=host,
        port=port or _PORTS[parts.scheme],
        authority=parts.netloc,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
