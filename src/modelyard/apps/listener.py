"""The listening socket: there before anything else is touched, so that a taken port costs nothing."""

import errno
import ipaddress
import os
import socket

from modelyard.domain.errors import StartupError
from modelyard.protocols.http.backlog import BACKLOG


def bind(host: str, port: int, flag: str = "--port") -> socket.socket:
    """A socket that listens: whoever connects waits to be served. Raises StartupError when the address cannot be had.

    `flag` is what chooses the port. Of two servers that start at once both may bind it, but only one may listen.
    """
    family, address = _resolve(host, port)
    # With the protocol named, asyncio and uvloop know it is TCP and turn Nagle's algorithm off.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise StartupError(_refusal(host, port, flag, error)) from None
    bound.setblocking(False)
    return bound


def address_of(bound: socket.socket) -> str:
    """The host and port on which a client of this machine reaches the socket."""
    host, port = bound.getsockname()[:2]
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"[{reached}]:{port}" if ":" in reached else f"{reached}:{port}"


def url_of(bound: socket.socket) -> str:
    """The URL on which a client of this machine reaches the socket."""
    return f"http://{address_of(bound)}"


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def names_of(host: str) -> frozenset[str]:
    """What a client may call a server that listens on `host`, as it stands in a Host header."""
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return frozenset({_in_header(host)})
    name = socket.gethostname()
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        addresses = set()
    return frozenset({name.lower()} | {_in_header(address) for address in addresses})


def _in_header(host: str) -> str:
    bare = host.strip("[]").lower()
    return f"[{bare}]" if ":" in bare else bare


def _resolve(host: str, port: int) -> tuple[int, tuple[str, int] | tuple[str, int, int, int]]:
    try:
        found = socket.getaddrinfo(host.strip("[]") or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StartupError(f"--host {host!r} is not an address of this machine: {error.strerror}") from None
    family, _, _, _, address = found[0]
    return family, (str(address[0]), port) if family == socket.AF_INET else (str(address[0]), port, 0, 0)


def _refusal(host: str, port: int, flag: str, error: OSError) -> str:
    """Why the address cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program (`lsof -i :{port}` shows which); "
            f"stop it, or choose another port with {flag} (0 picks a free one)"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has; choose one from 1024 up with {flag}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; choose another with --host"
    return f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}"
