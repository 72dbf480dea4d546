"""`modelyard up`: API, controllers and gateway in one process."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Mapping

import uvloop

from modelyard.apps import datadir, listener, logs, rpc
from modelyard.apps.datadir import DataDirectory
from modelyard.apps.platform import Platform
from modelyard.apps.settings import Settings, environment
from modelyard.domain.errors import ModelyardError, StartupError
from modelyard.kit import privacy
from modelyard.protocols.http.server import Server
from modelyard.protocols.native import wire

log = logging.getLogger("modelyard.server")
Announce = Callable[[wire.Server, Mapping[str, str]], None]


def run(settings: Settings, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called once when clients may come, with notes about the server.

    Raises StartupError, with nothing touched, when the server cannot start.
    """
    _refuse_open_house(settings)
    os.umask(0o077)
    if not settings.traceable:
        privacy.hide()  # models and steps run as the same user, and our environment has credentials
    logs.configure(settings.log_format, settings.log_level, settings.log_requests)
    with contextlib.ExitStack() as held:
        bound = held.enter_context(contextlib.closing(listener.bind(settings.host, settings.port)))
        rpc_port = held.enter_context(contextlib.closing(rpc.bind(settings)))
        owned = datadir.take(settings.data_dir)
        held.callback(owned.release)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(settings, bound, rpc_port, owned, announce))
        except ModelyardError:
            owned.abandon()
            raise


def _refuse_open_house(settings: Settings) -> None:
    if not settings.insecure_no_auth and not listener.is_loopback(settings.host):
        raise StartupError(
            f"--host {settings.host} lets others than this machine in, and this server asks nobody who they are; "
            "listen on 127.0.0.1, or accept that everybody who reaches it may do everything with --insecure-no-auth"
        )


async def _serve(
    settings: Settings, bound: socket.socket, rpc_port: rpc.Bound, owned: DataDirectory, announce: Announce
) -> None:
    url = listener.url_of(bound)
    owned.announce(url)
    platform = Platform(settings, owned, url, rpc_port, environment())
    try:
        await platform.start()
        gc.freeze()  # what lives as long as the server need not be looked at by every collection
        gc.enable()
        server = Server(platform.application, settings.shutdown_grace)
        _stop_on_signals(server, platform)
        await server.serve(bound, lambda: announce(platform.server, platform.notes()))
    finally:
        await platform.close()
    log.info("Stopped; everything that was acknowledged is kept in %s", owned.path)


def _stop_on_signals(server: Server, platform: Platform) -> None:
    def stop(number: signal.Signals) -> None:
        hurry = server.draining
        log.info("%s: %s", number.name, "not waiting any longer" if hurry else "finishing what runs, then stopping")
        platform.drain()
        if hurry:
            platform.hurry.set()
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
