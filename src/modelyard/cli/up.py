import gc
import sys
from typing import TYPE_CHECKING

import msgspec

from modelyard.apps import settings
from modelyard.cli import options

if TYPE_CHECKING:
    from modelyard.protocols.native.wire import Server


def up(
    host: options.Host = None,
    port: options.Port = None,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    artifacts: options.Artifacts = None,
    allowed_hosts: options.AllowedHosts = None,
    allowed_origins: options.AllowedOrigins = None,
    insecure_no_auth: options.InsecureNoAuth = False,
    allow_private_webhooks: options.AllowPrivateWebhooks = False,
    log_format: options.LogFormat = None,
    log_level: options.LogLevel = None,
    log_requests: options.LogRequests = None,
    max_artifact_size: options.MaxArtifactSize = None,
    shutdown_grace: options.ShutdownGrace = None,
) -> None:
    """Start the server: API, controllers and gateway. Stop it with Ctrl-C."""
    flags = dict(locals())
    chosen = settings.load(flags, settings.environment())
    gc.disable()  # until the server has started: nothing that is imported is garbage
    from modelyard.apps import up as server

    server.run(chosen, lambda ready: announce(ready, json=chosen.log_format == "json"))


def announce(ready: "Server", *, json: bool) -> None:
    """Where the server is and how to connect; one line of JSON for those who asked for JSON."""
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(ready) + b"\n")
        sys.stdout.flush()
        return
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    sys.stdout.write(
        f"{bold}Modelyard {ready.version}{plain} is ready at {bold}{ready.url}{plain}\n"
        f"  Data     {ready.data_dir}\n"
        f"  Connect  export MLFLOW_TRACKING_URI={ready.url}\n"
        f"  API      {ready.url}/docs\n"
    )
    sys.stdout.flush()
