"""`modelyard up`: API, controllers and gateway in one process."""

import asyncio
import contextlib
import gc
import logging
import math
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
import uvloop

from modelyard.apps import datadir, listener, logs
from modelyard.apps.datadir import DataDirectory
from modelyard.apps.platform import Platform
from modelyard.apps.settings import Settings, environment
from modelyard.domain.errors import ModelyardError, StartupError
from modelyard.protocols.native import wire

log = logging.getLogger("modelyard.server")
KEEP_ALIVE = 75
"""Seconds: longer than the idle time of clients' connection pools, or they would meet closed connections."""

Announce = Callable[[wire.Server], None]


def run(settings: Settings, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called once when clients may come.

    Raises StartupError, with nothing touched, when the server cannot start.
    """
    _refuse_open_house(settings)
    os.umask(0o077)
    logs.configure(settings.log_format, settings.log_level, settings.log_requests)
    bound = listener.bind(settings.host, settings.port)
    try:
        owned = datadir.take(settings.data_dir)
    except StartupError:
        bound.close()
        raise
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, bound, owned, announce))
    except ModelyardError:
        owned.abandon()
        raise
    finally:
        owned.release()
        bound.close()


def _refuse_open_house(settings: Settings) -> None:
    if not settings.insecure_no_auth and not listener.is_loopback(settings.host):
        raise StartupError(
            f"--host {settings.host} lets others than this machine in, and this server asks nobody who they are; "
            "listen on 127.0.0.1, or accept that everybody who reaches it may do everything with --insecure-no-auth"
        )


async def _serve(settings: Settings, bound: socket.socket, owned: DataDirectory, announce: Announce) -> None:
    url = listener.url_of(bound)
    owned.announce(url)
    platform = Platform(settings, owned, url, environment())
    try:
        await platform.start()
        gc.freeze()  # what lives as long as the server need not be looked at by every collection
        gc.enable()
        server = _Server(_config(platform, settings), lambda: announce(platform.server))
        _stop_on_signals(server, platform)
        await server.serve([bound])
    finally:
        await platform.close()
    log.info("Stopped; everything that was acknowledged is kept in %s", owned.path)


def _config(platform: Platform, settings: Settings) -> uvicorn.Config:
    application: Any = platform.application  # ASGI's types differ between servers
    return uvicorn.Config(
        application,
        interface="asgi3",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=listener.BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=math.ceil(settings.shutdown_grace),
    )


class _Server(uvicorn.Server):
    """uvicorn's server on a socket of ours; signals are ours as well, since it would end the process by them."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()

    def stop(self) -> None:
        """Finish what runs; the second time, do not wait for it."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _stop_on_signals(server: _Server, platform: Platform) -> None:
    def stop(number: signal.Signals) -> None:
        hurry = server.should_exit
        log.info("%s: %s", number.name, "not waiting any longer" if hurry else "finishing what runs, then stopping")
        platform.draining = True
        if hurry:
            platform.hurry.set()
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
