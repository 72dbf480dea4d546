"""The port for gRPC: bound at the start, served from the first connection on."""

import asyncio
import contextlib
import importlib
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from packaging.version import Version

from modelyard.apps import listener
from modelyard.apps.kinds import RpcPort
from modelyard.apps.settings import Settings
from modelyard.domain.errors import StartupError

log = logging.getLogger("modelyard.grpc")
FLAG = "--grpc-port"
USUAL = 5001
OVERHEAD = 64 << 10
"""Bytes of a message that are not the tensors in it."""
BOUNDS_UNPACKING = (1, 84)
"""The first version of grpcio that stops unpacking a message at the limit. In others what is small can become large."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket whose connections wait for the server, or the reason why there is none; neither when gRPC is off."""

    port: socket.socket | None = None
    problem: str = ""

    @property
    def address(self) -> str:
        """Where clients of this machine find it; empty when there is none."""
        return listener.address_of(self.port) if self.port is not None else ""

    def close(self) -> None:
        if self.port is not None:
            self.port.close()


def bind(settings: Settings) -> Bound:
    """Raises StartupError when a port that was asked for cannot be had; the usual one may be taken."""
    wanted = settings.grpc_port
    if wanted is RpcPort.OFF:
        return Bound()
    if not isinstance(wanted, RpcPort):
        return Bound(listener.bind(settings.host, wanted, FLAG))
    try:
        return Bound(listener.bind(settings.host, USUAL, FLAG))
    except StartupError as error:
        return Bound(problem=f"No gRPC: {error.message}")


class RpcServer:
    """Serves what `service` makes on the bound port.

    grpc takes 25 MB and a fifth of a second to import, so a server that nobody speaks gRPC to does without it. The
    first connection makes it come, and is passed on to it.
    """

    def __init__(self, bound: Bound, service: Callable[[], Any], largest: int) -> None:
        self._bound = bound
        self._service = service
        self._largest = largest
        self._server: Any = None
        self._early: asyncio.Task[None] | None = None
        self.problem = bound.problem

    def start(self) -> None:
        if self._bound.port is not None:
            self._early = asyncio.create_task(self._until_asked(self._bound.port), name="gRPC port")

    async def stop(self, grace: float) -> None:
        """Ends after the running requests, or after `grace` seconds."""
        if self._server is not None:
            await self._server.stop(grace)
        if self._early is not None:
            self._early.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._early
        self._bound.close()

    async def _until_asked(self, port: socket.socket) -> None:
        address = self._bound.address
        early = [(await asyncio.get_running_loop().sock_accept(port))[0]]
        aio = await asyncio.to_thread(importlib.import_module, "grpc.aio")
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # for the moment in which both listen
        try:
            self._server = await _served(aio, _listening_at(port), self._service(), self._largest)
        except RuntimeError as error:
            self.problem = f"No gRPC: {error}"
            log.warning("The port for gRPC was lost: %s", error)
            return
        early += _pending(port)
        port.close()
        await asyncio.gather(*(_pass_on(connection, address) for connection in early))


async def _served(aio: Any, address: str, service: Any, largest: int) -> Any:
    """Raises RuntimeError when the address cannot be had."""
    options = (
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", largest + OVERHEAD),
        ("grpc.max_send_message_length", -1),
        *(() if _bounds_unpacking() else (("grpc.compression_enabled_algorithms_bitset", 1),)),
    )
    server = aio.server(options=options)
    server.add_generic_rpc_handlers((service,))
    server.add_insecure_port(address)
    await server.start()
    return server


def _bounds_unpacking() -> bool:
    return Version(metadata.version("grpcio")).release[:2] >= BOUNDS_UNPACKING


def _listening_at(port: socket.socket) -> str:
    host, number = port.getsockname()[:2]
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def _pending(port: socket.socket) -> list[socket.socket]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(port.accept()[0])
    return found


async def _pass_on(connection: socket.socket, address: str) -> None:
    """Be the client of the server that has come meanwhile, for as long as the connection lasts."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError):
        near = await asyncio.open_connection(sock=connection)
        far = await asyncio.open_connection(host.strip("[]"), int(port))
        await asyncio.gather(_pour(near[0], far[1]), _pour(far[0], near[1]))


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()
