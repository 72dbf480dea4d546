"""Connections to addresses that strangers name: only to where they may lead, judged on the address that is dialled."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ssl import SSLContext

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CONNECT_SECONDS = 4.0
LOOKUPS = 8

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_PROTOCOL_ASSIGNMENTS = ipaddress.IPv4Network("192.0.0.0/24")  # not all of it is private to every Python
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",  # most clouds
            "168.63.129.16",  # Azure, although it looks public
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",  # AWS
            "fd20:ce::254",  # Google
        ),
    )
)


class EgressRefused(OSError):
    """A name leads to an address that must not be called."""


class Egress:
    """Opens connections to public addresses; with `allow_private` also within this machine and its networks.

    Link-local and metadata addresses are never called: nothing that is meant to be called lives there.
    """

    def __init__(self, *, allow_private: bool, look_up: Callable[[str, int], Sequence[str]] | None = None) -> None:
        self.allow_private = allow_private
        self._look_up = look_up or _look_up
        # Threads of its own: a name server that hangs must not hold up others' work in the common ones.
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="egress")

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Where `host` leads to. Raises EgressRefused when any of it must not be called, OSError for unknown names."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, self._look_up, host, port)
        except UnicodeError:  # an empty or overlong label
            raise OSError(f"{host[:80]!r} is not a host name") from None
        addresses = [ipaddress.ip_address(address) for address in found]
        if not all(may_be_called(address, private=self.allow_private) for address in addresses):
            raise EgressRefused("the address is not a public one")  # which one it is, is not told to strangers
        return addresses

    async def connect(self, host: str, port: int, tls: SSLContext | None) -> Streams:
        """To the first address that answers; certificates are checked for `host`. Raises as `addresses` does.

        What is dialled is the address that was judged: the name is not looked up again.
        """
        failure = OSError("the name leads nowhere")
        for address in await self.addresses(host, port):
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(
                        str(address), port, ssl=tls, server_hostname=host if tls else None
                    )
            except TimeoutError:
                failure = TimeoutError(f"no connection within {CONNECT_SECONDS:g} s")
            except OSError as error:
                failure = error
        raise failure

    def close(self) -> None:
        """Look-ups that hang are not waited for here."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def may_be_called(address: Address, *, private: bool) -> bool:
    """Whether an address is a public one; with `private`, whether it is at least one of somebody's own."""
    address = _embedded(address)
    if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if private:
        return True
    if address.version == 6:
        return address in _GLOBAL_UNICAST and address.is_global
    return address not in _PROTOCOL_ASSIGNMENTS and address.is_global


def _embedded(address: Address) -> Address:
    """The IPv4 address that some forms of IPv6 addresses stand for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _look_up(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
