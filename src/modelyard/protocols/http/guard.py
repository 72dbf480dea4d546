"""Which browsers and names may reach the server: protection against DNS rebinding and cross-site requests.

The rule: the Host header names a host that was allowed, and an Origin, where a browser sends one, is this very server.
It holds for every method and every path.
"""

from collections.abc import Iterable, Mapping

from modelyard.domain.errors import PermissionDenied
from modelyard.protocols.http.reply import Headers

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_MOST_KNOWN = 64


class Guard:
    """`allowed_hosts` are names without a port; `*` allows any. `allowed_origins` are full origins."""

    def __init__(self, allowed_hosts: Iterable[str], allowed_origins: Iterable[str] = ()) -> None:
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)
        self._known: set[str] = set()  # Host headers that were looked at and are fine

    def check(self, headers: Mapping[str, str]) -> None:
        """Raises PermissionDenied."""
        given = headers.get("host", "")
        if given not in self._known:
            self._check_host(given)
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin.lower(), given.lower()):
            raise PermissionDenied(f"Cross-origin request from {origin[:200]!r} blocked; --allowed-origins allows it")

    def _check_host(self, given: str) -> None:
        host = given.lower()
        if "*" not in self._hosts and _without_port(host) not in self._hosts:
            raise PermissionDenied(
                f"Invalid Host header {host[:200]!r}: this server does not answer to that name; "
                "start it with --allowed-hosts to add one"
            )
        if len(self._known) < _MOST_KNOWN:
            self._known.add(given)

    def sharing(self, headers: Mapping[str, str]) -> Headers:
        """What tells a browser that a page of another origin, which was allowed, may read the answer."""
        origin = headers.get("origin")
        if origin is None or origin.lower() not in self._origins:
            return ()
        return (("access-control-allow-origin", origin), ("vary", "Origin"))

    def _is_own(self, origin: str, host: str) -> bool:
        return origin in (f"http://{host}", f"https://{host}") or origin in self._origins


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
